import type {LinkCalibration} from '#core/records/run-document.ts';
import type {RecordBody, RecordKind} from '#core/records/schema.ts';
import type {Ms, Ratio} from '#core/units.ts';

/** What the verdict is spoken on: gathered from a variant's records as they pass. */
export class Evidence {
	readonly #timeScale: number;
	readonly #latenessMs: number[] = [];
	readonly #lagMs = new Map<string, number[]>();
	readonly #pressureRatio: number[] = [];
	readonly counts = {produced: 0, delivered: 0, corrupt: 0, lost: 0, flows: 0};
	calibration: readonly LinkCalibration[] = [];

	constructor(timeScale: number) {
		this.#timeScale = timeScale;
	}

	hear(record: RecordBody): void {
		switch (record.kind) {
			case 'chunk.produced':
				this.counts.produced++;
				this.#latenessMs.push((record.sentSeconds - record.plannedSeconds) * this.#timeScale * 1000);
				break;
			case 'chunk.delivered':
				this.counts.delivered++;
				break;
			case 'chunk.corrupt':
				this.counts.corrupt++;
				break;
			case 'chunk.lost':
				this.counts.lost++;
				break;
			case 'flow.ended':
				this.counts.flows++;
				break;
			case 'site.sample':
				if (record.t >= 0) {
					this.#lag(record.site, record.eventLoopLagMsP99);
				}
				break;
			case 'fidelity.sample':
				if (record.cpuPressureRatio !== null) {
					this.#pressureRatio.push(record.cpuPressureRatio);
				}
				this.#lag('the harness', record.harnessLagMsP99);
				break;
			default:
		}
	}

	/** Records that were made by a model: nothing of it can be late or lag, so only what became of its chunks is to be seen. */
	count(countByKind: ReadonlyMap<RecordKind, number>): void {
		const of = (kind: RecordKind) => countByKind.get(kind) ?? 0;
		this.counts.produced += of('chunk.produced');
		this.counts.delivered += of('chunk.delivered');
		this.counts.corrupt += of('chunk.corrupt');
		this.counts.lost += of('chunk.lost');
	}

	/** How late the generator sent, against its plan. */
	get generatorLatenessMsP99(): Ms {
		return percentile(this.#latenessMs, 0.99);
	}

	/** Whether any process said how its event loop fared. */
	get hasLag(): boolean {
		return this.#lagMs.size > 0;
	}

	/** The event-loop lag of the worst process: the 95th percentile of its one-second p99 values, so that three bad seconds of a minute show. */
	get worstLag(): {readonly who: string; readonly lagMs: Ms} {
		return [...this.#lagMs]
			.map(([who, samples]) => ({who, lagMs: percentile(samples, 0.95)}))
			.reduce((worst, one) => (one.lagMs > worst.lagMs ? one : worst), {who: 'none', lagMs: 0});
	}

	/** `undefined` when it was never seen. */
	get cpuPressureRatio(): Ratio | undefined {
		return this.#pressureRatio.length === 0
			? undefined
			: this.#pressureRatio.reduce((sum, ratio) => sum + ratio, 0) / this.#pressureRatio.length;
	}

	#lag(who: string, lagMs: Ms): void {
		const samples = this.#lagMs.get(who) ?? [];
		samples.push(lagMs);
		this.#lagMs.set(who, samples);
	}
}

function percentile(values: readonly number[], ratio: Ratio): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? 0;
}
