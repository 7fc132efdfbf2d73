import {styleText} from 'node:util';
import Table from 'cli-table3';
import {createLogUpdate} from 'log-update';
import type {Clock} from '#core/clock.ts';
import {formatRate} from '#core/quantities.ts';
import type {RecordLines} from '#core/records/record-lines.ts';
import type {Phase, StreambedRecord} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {BitsPerSecond} from '#core/units.ts';
import {formatPercent} from '#reports/format.ts';
import {LiveVariant} from './live-state.ts';

/** Shows a run while it goes on. `hear` takes every record; disposing leaves the last picture standing. */
export type LiveView = Disposable & {
	hear(record: StreambedRecord): void;
	/** Takes the lines of a simulation instead, where it need not read them. */
	hearLines?(lines: RecordLines): void;
	/** Of a simulated draw that was measured where it was made: how many records it had. */
	hearCounts?(countByKind: RecordLines['countByKind']): void;
	/** A phase of a draw begins. */
	begin(begun: {readonly variant: string; readonly repeat: number; readonly phase: Phase}): void;
};

/** The draws that are shown, by name. */
class LiveVariants extends Map<string, LiveVariant> {
	of({variant, repeat}: {readonly variant: string; readonly repeat: number}): LiveVariant {
		const name = drawName({variant, repeat});
		const known = this.get(name) ?? new LiveVariant();
		this.set(name, known);
		return known;
	}
}

function drawName({variant, repeat}: {readonly variant: string; readonly repeat: number}): string {
	return repeat === 0 ? variant : `${variant} #${repeat + 1}`;
}

const refreshSeconds = 0.25;
/** Columns of a terminal that the labels and each variant take, and from where on bars are long. */
const labelColumns = 29;
const variantColumns = 17;
const wideColumns = 100;

/** A picture that is redrawn, for a terminal. */
export function terminalView(
	loaded: LoadedScenario,
	{clock, stream}: {readonly clock: Clock; readonly stream: NodeJS.WriteStream},
): LiveView {
	const variants = new LiveVariants();
	const logUpdate = createLogUpdate(stream);
	const draw = () => logUpdate(picture(loaded, variants, stream.columns));
	const cancel = clock.every(refreshSeconds, draw);
	return {
		hear(record) {
			if (record.kind === 'run.started' && [...variants.values()].every(({phase}) => phase === 'release')) {
				variants.clear();
			}
			variants.of(record).hear(record);
		},
		begin(begun) {
			variants.of(begun).phase = begun.phase;
		},
		[Symbol.dispose]() {
			cancel();
			draw();
			logUpdate.done();
		},
	};
}

function picture(
	{name, title, variants: declared}: LoadedScenario,
	variants: ReadonlyMap<string, LiveVariant>,
	columns: number,
): string {
	const scenario = declared[0]?.scenario;
	if (!scenario) {
		return '';
	}
	const shown = [...variants].slice(0, Math.max(1, Math.floor((columns - labelColumns) / variantColumns)));
	const live = shown.map(([, variant]) => variant);
	const barWidth = columns < wideColumns ? 3 : 8;
	const {driveSeconds} = scenario.timing;
	const t = Math.max(0, ...live.map(variant => variant.t));
	const phase = [...new Set(live.map(variant => variant.phase))].join(', ') || 'provision';
	const table = new Table({
		head: ['', ...shown.map(([variant]) => variant)],
		style: {head: ['bold'], border: ['dim'], compact: true},
	});
	for (const {minimumResolutionRatio} of live[0]?.classes() ?? []) {
		table.push([
			`${formatPercent(minimumResolutionRatio)} streams`,
			...live.map(variant => {
				const one = variant.classes().find(other => other.minimumResolutionRatio === minimumResolutionRatio);
				return one && one.count > 0
					? `${one.count} at ${formatPercent(one.resolutionRatio)}`
					: styleText('red', 'none');
			}),
		]);
	}
	for (const {name: link} of scenario.topology.links) {
		table.push([
			`${link}, Mbit/s`,
			...live.map(variant => {
				const load = variant.links.get(link);
				return load
					? `${bar(load.bitsPerSecond / load.capacityBitsPerSecond, barWidth)} ${megabits(load.bitsPerSecond)}/${megabits(load.capacityBitsPerSecond)}`
					: '';
			}),
		]);
	}
	for (const outcome of ['delivered', 'late', 'lost'] as const) {
		table.push([`chunks ${outcome}`, ...live.map(({counts}) => `${counts[outcome]}`)]);
	}
	const hidden = variants.size - shown.length;
	return [
		`${styleText('bold', name)}  ${title}`,
		`${phase}  ${bar(t / driveSeconds, 30)}  ${Math.min(t, driveSeconds).toFixed(0)} s of ${driveSeconds} s${scenario.timeScale === 1 ? '' : `, 1 s shows ${Number((1 / scenario.timeScale).toPrecision(3))} s`}`,
		table.toString(),
		...(hidden > 0 ? [`and ${hidden} more, in a wider terminal`] : []),
	].join('\n');
}

function megabits(bitsPerSecond: BitsPerSecond): string {
	return `${Number((bitsPerSecond / 1e6).toPrecision(3))}`;
}

function bar(ratio: number, width: number): string {
	const full = Math.round(Math.min(1, Math.max(0, ratio)) * width);
	return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Plain lines, for a log: phases, events, and a line at each tenth of the drive. */
export function plainView(loaded: LoadedScenario, write: (line: string) => void): LiveView {
	const variants = new LiveVariants();
	const tenths = new Map<string, number>();
	const driveSeconds = loaded.variants[0]?.scenario.timing.driveSeconds ?? 0;
	return {
		hear(record) {
			const name = drawName(record);
			const variant = variants.of(record);
			variant.hear(record);
			const line = eventLine(record);
			if (line !== undefined) {
				write(`${name}: ${line}`);
			}
			const tenth = Math.floor((variant.t / driveSeconds) * 10);
			if (variant.phase === 'drive' && tenth > (tenths.get(name) ?? 0) && tenth <= 10) {
				tenths.set(name, tenth);
				const classes = variant
					.classes()
					.map(
						({minimumResolutionRatio, count, resolutionRatio}) =>
							`${formatPercent(minimumResolutionRatio)}: ${count === 0 ? 'none' : `${count} at ${formatPercent(resolutionRatio)}`}`,
					);
				write(
					`${name}: ${variant.t.toFixed(0)} s of ${driveSeconds} s; streams ${classes.join(', ')}; ${variant.counts.delivered} chunks delivered, ${variant.counts.late} late`,
				);
			}
		},
		begin(begun) {
			variants.of(begun).phase = begun.phase;
			write(`${drawName(begun)}: ${begun.phase} …`);
		},
		[Symbol.dispose]() {},
	};
}

function eventLine(record: StreambedRecord): string | undefined {
	switch (record.kind) {
		case 'link.changed':
			return `link ${record.link} is now ${formatRate(record.rateBitsPerSecond)} (at ${record.appliedSeconds.toFixed(1)} s)`;
		case 'stream.stopped':
			return `stream ${record.stream} stopped at ${record.t.toFixed(0)} s: ${record.reason}`;
		case 'request.rejected':
			return `request ${record.request} rejected: ${record.detail}`;
		case 'node.left':
			return `${record.site} left: ${record.reason}`;
		case 'fault.injected':
			return `fault at ${record.t.toFixed(0)} s: ${record.target}, ${record.workers === undefined ? record.fault : `${record.workers} workers left`}`;
		case 'stream.replaced':
			return `stream ${record.stream} placed anew at ${record.t.toFixed(0)} s: ${record.reason}`;
		case 'link.detected':
			return `link ${record.link} from ${record.from} was found to carry ${formatRate(record.bitsPerSecond)} (at ${record.t.toFixed(1)} s)`;
		default:
			return undefined;
	}
}
