import type {LinkCalibration} from '#core/records/run-document.ts';
import type {RecordBody, RecordKind} from '#core/records/schema.ts';
import type {Ms, Ratio, Seconds} from '#core/units.ts';
import {LinkLoad} from './link-load.ts';

/** What the verdict is spoken on: gathered from a variant's records as they pass. */
export class Evidence {
	readonly #timeScale: number;
	readonly #latenessMs: number[] = [];
	readonly #lagMs = new Map<string, number[]>();
	readonly #pressureRatio: number[] = [];
	readonly counts = {produced: 0, delivered: 0, corrupt: 0, lost: 0, flows: 0};
	calibration: readonly LinkCalibration[] = [];
	readonly linkLoad: LinkLoad;
	/** Changes of links that the kernel confirmed, as many as there were for each `changeKey`. */
	readonly #changeCount = new Map<string, number>();
	#latestChange: {readonly link: string; readonly requestedSeconds: Seconds; readonly latenessMs: Ms} | undefined;
	#endedSeconds: Seconds = 0;

	constructor(timeScale: number) {
		this.#timeScale = timeScale;
		this.linkLoad = new LinkLoad(timeScale);
	}

	hear(record: RecordBody): void {
		switch (record.kind) {
			case 'chunk.produced':
				this.counts.produced++;
				// What follows until it is sent is the stack's, and what a run is there to find out.
				if (record.readySeconds !== undefined) {
					this.#latenessMs.push((record.readySeconds - record.plannedSeconds) * this.#timeScale * 1000);
				}
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
			case 'link.sample':
				this.linkLoad.hear(record);
				break;
			case 'link.changed':
				this.#changed(record);
				break;
			case 'run.ended':
				this.#endedSeconds = record.t;
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

	/** How late the generator had its chunks ready, against its plan. */
	get generatorLatenessMsP99(): Ms {
		return percentile(this.#latenessMs, 0.99);
	}

	/** The change of a link that came latest after its planned time, in real milliseconds; `undefined` when there was none. */
	get latestChange(): {readonly link: string; readonly requestedSeconds: Seconds; readonly latenessMs: Ms} | undefined {
		return this.#latestChange;
	}

	/** Scenario second at which the variant ended; 0 when it never came to driving. */
	get endedSeconds(): Seconds {
		return this.#endedSeconds;
	}

	/** How often this change of a link was confirmed. */
	changeCount(change: {readonly link: string; readonly atSeconds: Seconds}): number {
		return this.#changeCount.get(changeKey(change)) ?? 0;
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

	#changed({link, requestedSeconds, appliedSeconds}: Extract<RecordBody, {kind: 'link.changed'}>): void {
		const key = changeKey({link, atSeconds: requestedSeconds});
		this.#changeCount.set(key, (this.#changeCount.get(key) ?? 0) + 1);
		const latenessMs = (appliedSeconds - requestedSeconds) * this.#timeScale * 1000;
		if (latenessMs > (this.#latestChange?.latenessMs ?? Number.NEGATIVE_INFINITY)) {
			this.#latestChange = {link, requestedSeconds, latenessMs};
		}
	}

	#lag(who: string, lagMs: Ms): void {
		const samples = this.#lagMs.get(who) ?? [];
		samples.push(lagMs);
		this.#lagMs.set(who, samples);
	}
}

/** Changes of one link that are due at the same time are the same to it. */
const changeKey = ({link, atSeconds}: {readonly link: string; readonly atSeconds: Seconds}): string =>
	`${link} ${atSeconds}`;

function percentile(values: readonly number[], ratio: Ratio): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? 0;
}
