import type {RecordOf, StreambedRecord} from '#core/records/schema.ts';
import type {Bytes, Ratio, Seconds} from '#core/units.ts';
import {ChunkLedger} from './chunk-ledger.ts';
import type {Delivery, Failure, StreamHistory, StreamPlacement} from './run-data.ts';

export type StreamRecord = Extract<StreambedRecord, {kind: `chunk.${string}` | `stream.${string}`}>;

/** What a chunk's beginning says of it. */
type Produced = {readonly plannedSeconds: Seconds; readonly bytes: Bytes};

/** Builds the history of one stream from its records. */
export class StreamCollector {
	readonly stream: string;
	minimumResolutionRatio: Ratio | null = null;
	#startedSeconds: Seconds | undefined;
	#ending: StreamHistory['ending'];
	readonly #ledger = new ChunkLedger();
	readonly #placements: StreamPlacement[] = [];
	readonly #deliveries: Array<Omit<Delivery, 'late' | 'producedBytes'>> = [];
	/** By sequence: a record of a chunk's arrival may come before that of its beginning. */
	readonly #produced: Array<Produced | undefined> = [];
	readonly #failures: Array<Pick<Failure, 'fate' | 't'> & {readonly sequence: number}> = [];

	constructor(stream: string) {
		this.stream = stream;
	}

	/** Where it stands from now on. */
	place({t, placement, reservations}: Pick<RecordOf<'request.accepted'>, 't' | 'placement' | 'reservations'>): void {
		this.#placements.push({t, sites: placement.map(({site}) => site), links: reservations.map(({link}) => link)});
	}

	add(record: StreamRecord): void {
		switch (record.kind) {
			case 'stream.started':
				this.minimumResolutionRatio = record.minimumResolutionRatio;
				this.#startedSeconds = record.t;
				return;
			case 'stream.stopped':
			case 'stream.completed':
				this.#ending = record;
				return;
			// What the brain asked for; the reports speak of what was delivered.
			case 'stream.rates':
			case 'stream.resolution':
				return;
			case 'stream.replaced':
				this.place(record);
				return;
			case 'chunk.produced':
				this.#ledger.mark(record.sequence, record.plannedSeconds < 0 ? 'warmUp' : 'produced');
				this.#produced[record.sequence] = {plannedSeconds: record.plannedSeconds, bytes: record.bytes};
				return;
			case 'chunk.delivered':
				this.#deliver(record);
				return;
			case 'chunk.late':
				this.#ledger.mark(record.sequence, 'late');
				return;
			case 'chunk.duplicate':
				this.#ledger.duplicate();
				return;
			case 'chunk.lost':
			case 'chunk.corrupt':
				this.#fail(record, record.kind === 'chunk.lost' ? 'lost' : 'corrupt');
				return;
			default:
				record satisfies never;
		}
	}

	finish(): StreamHistory {
		const counted = ({sequence}: {readonly sequence: number}) => !this.#ledger.has(sequence, 'warmUp');
		return {
			stream: this.stream,
			minimumResolutionRatio: this.minimumResolutionRatio,
			startedSeconds: this.#startedSeconds,
			ending: this.#ending,
			placements: this.#placements,
			deliveries: this.#deliveries
				.filter(counted)
				.map(delivery => ({
					...delivery,
					producedBytes: this.#produced[delivery.sequence]?.bytes,
					late: this.#ledger.has(delivery.sequence, 'late'),
				}))
				.sort((a, b) => a.t - b.t),
			failures: this.#failures.filter(counted).map(({fate, t, sequence}) => ({
				fate,
				t,
				plannedSeconds: this.#produced[sequence]?.plannedSeconds,
				producedBytes: this.#produced[sequence]?.bytes,
			})),
			chunks: this.#ledger.counts(),
		};
	}

	#fail({t, sequence}: {readonly t: Seconds; readonly sequence: number}, fate: Failure['fate']): void {
		this.#ledger.mark(sequence, fate);
		this.#failures.push({fate, t, sequence});
	}

	#deliver({
		t,
		sequence,
		latencySeconds,
		transitSeconds,
		resolutionRatio,
		bytes,
		reordered,
		sharedByCount,
		detections,
	}: RecordOf<'chunk.delivered'>) {
		this.#ledger.mark(sequence, 'delivered');
		if (reordered) {
			this.#ledger.mark(sequence, 'reordered');
		}
		const delivery = {t, sequence, latencySeconds, transitSeconds, resolutionRatio, bytes};
		this.#deliveries.push({...delivery, ...(sharedByCount && {sharedByCount}), ...(detections && {detections})});
	}
}
