import type {Phase, StreambedRecord} from '#core/records/schema.ts';
import type {BitsPerSecond, Ratio, Seconds} from '#core/units.ts';

type LiveStream = {
	readonly minimumResolutionRatio: Ratio;
	resolutionRatio: Ratio;
	lastDeliverySeconds: Seconds;
	stopped: boolean;
};

/** What is known of one variant while it runs. */
export class LiveVariant {
	phase: Phase = 'provision';
	t: Seconds = 0;
	readonly links = new Map<string, {bitsPerSecond: BitsPerSecond; capacityBitsPerSecond: BitsPerSecond}>();
	readonly counts = {delivered: 0, late: 0, lost: 0, corrupt: 0, rejected: 0};
	readonly #streams = new Map<string, LiveStream>();
	readonly #fresh = new Map<string, Map<string, BitsPerSecond>>();

	hear(record: StreambedRecord): void {
		this.t = Math.max(this.t, record.t);
		switch (record.kind) {
			case 'stream.started':
				this.#streams.set(record.stream, {
					minimumResolutionRatio: record.minimumResolutionRatio,
					resolutionRatio: record.resolutionRatio,
					lastDeliverySeconds: record.t,
					stopped: false,
				});
				break;
			// A completed stream stays in the picture as it ended: only those that were stopped are missing.
			case 'stream.stopped': {
				const stream = this.#streams.get(record.stream);
				if (stream) {
					stream.stopped = true;
				}
				break;
			}
			case 'chunk.delivered': {
				this.counts.delivered++;
				const stream = this.#streams.get(record.stream);
				if (stream) {
					stream.resolutionRatio = record.resolutionRatio;
					stream.lastDeliverySeconds = record.t;
				}
				break;
			}
			case 'chunk.late':
				this.counts.late++;
				break;
			case 'chunk.lost':
				this.counts.lost++;
				break;
			case 'chunk.corrupt':
				this.counts.corrupt++;
				break;
			case 'request.rejected':
				this.counts.rejected++;
				break;
			case 'link.sample':
				this.#hearLink(record.link, record.from, record.bitsPerSecond, record.capacityBitsPerSecond);
				break;
			default:
		}
	}

	/** Running streams and their mean resolution, by minimum resolution from high to low. */
	classes(): ReadonlyArray<{minimumResolutionRatio: Ratio; count: number; resolutionRatio: Ratio}> {
		const groups = Map.groupBy(this.#streams.values(), stream => stream.minimumResolutionRatio);
		return [...groups]
			.sort(([a], [b]) => b - a)
			.map(([minimumResolutionRatio, members]) => {
				const running = members.filter(({stopped}) => !stopped);
				const sum = running.reduce((total, {resolutionRatio}) => total + resolutionRatio, 0);
				return {minimumResolutionRatio, count: running.length, resolutionRatio: sum / Math.max(1, running.length)};
			});
	}

	/** The busier direction of each link is the one that is shown. */
	#hearLink(link: string, from: string, bitsPerSecond: BitsPerSecond, capacityBitsPerSecond: BitsPerSecond): void {
		const directions = this.#fresh.get(link) ?? new Map<string, BitsPerSecond>();
		directions.set(from, bitsPerSecond);
		this.#fresh.set(link, directions);
		this.links.set(link, {bitsPerSecond: Math.max(...directions.values()), capacityBitsPerSecond});
	}
}
