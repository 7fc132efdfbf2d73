import {createLogUpdate} from 'log-update';
import type {Clock} from '#core/clock.ts';
import {recordCountOf} from '#core/records/record-lines.ts';
import type {RecordKind} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {LiveView} from './live-view.ts';

const refreshSeconds = 0.25;

/** How far a simulation is, redrawn on a terminal: its records come too fast to be shown one by one. */
export function simulationView(
	loaded: LoadedScenario,
	{clock, stream}: {readonly clock: Clock; readonly stream: NodeJS.WriteStream},
): LiveView {
	const logUpdate = createLogUpdate(stream);
	const count = new DrawCount(loaded);
	const draw = () => logUpdate(count.text);
	const cancel = clock.every(refreshSeconds, draw);
	return {
		hear: () => count.add(1),
		hearLines: ({countByKind}) => count.hear(countByKind),
		hearCounts: countByKind => count.hear(countByKind),
		begin() {},
		[Symbol.dispose]() {
			cancel();
			draw();
			logUpdate.done();
		},
	};
}

/** The same as plain lines, ten at most. */
export function plainSimulationView(loaded: LoadedScenario, write: (line: string) => void): LiveView {
	const count = new DrawCount(loaded);
	let written = 0;
	return {
		hear: () => count.add(1),
		hearLines: ({countByKind}) => hear(countByKind),
		hearCounts: hear,
		begin() {},
		[Symbol.dispose]() {},
	};

	function hear(countByKind: ReadonlyMap<RecordKind, number>): void {
		count.hear(countByKind);
		const tenths = Math.floor(count.endedRatio * 10);
		if (tenths > written) {
			written = tenths;
			write(count.text);
		}
	}
}

class DrawCount {
	readonly #name: string;
	readonly #count: number;
	#ended = 0;
	#recordCount = 0;

	constructor({name, variants}: LoadedScenario) {
		this.#name = name;
		this.#count = variants.reduce((sum, {scenario}) => sum + scenario.repeat, 0);
	}

	add(recordCount: number): void {
		this.#recordCount += recordCount;
	}

	hear(countByKind: ReadonlyMap<RecordKind, number>): void {
		this.add(recordCountOf({countByKind}));
		this.#ended += countByKind.get('run.ended') ?? 0;
	}

	get endedRatio(): number {
		return this.#ended / this.#count;
	}

	get text(): string {
		return `${this.#name}: ${this.#ended} of ${this.#count} draws simulated, ${this.#recordCount} records`;
	}
}
