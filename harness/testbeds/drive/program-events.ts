import assert from 'node:assert/strict';
import type {NodeEvent} from '#core/control/messages.ts';
import type {LossReason, RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {Brain, BrainEvent} from '#proxies/runtime/messages.ts';
import {ChunkAccounts} from './chunk-accounts.ts';
import {deliveredRecords, lostRecords} from './chunk-records.ts';
import {failedError} from './drive-errors.ts';
import type {PhaseLog} from './phase-log.ts';
import type {StreamTable} from './stream-table.ts';
import {warmUpStream} from './warm-up.ts';

/** Turns what the programs say into records and into events for the brain, and keeps account of every chunk. */
export class ProgramEvents {
	readonly #brain: Brain;
	readonly #streams: StreamTable;
	readonly #phases: PhaseLog;
	readonly #emit: (record: RecordBody) => void;
	readonly #tell: (event: BrainEvent) => void;
	readonly #workersAt: (site: string) => number;
	readonly #workload: Scenario['workload'];
	readonly #accounts = new ChunkAccounts();
	warmUpArrivedCount = 0;

	constructor(options: {
		readonly scenario: Scenario;
		readonly brain: Brain;
		readonly streams: StreamTable;
		readonly phases: PhaseLog;
		readonly emit: (record: RecordBody) => void;
		readonly tell: (event: BrainEvent) => void;
		/** How many workers a site has now. */
		readonly workersAt: (site: string) => number;
	}) {
		this.#workload = options.scenario.workload;
		this.#brain = options.brain;
		this.#streams = options.streams;
		this.#phases = options.phases;
		this.#emit = options.emit;
		this.#tell = options.tell;
		this.#workersAt = options.workersAt;
	}

	/** Throws NODE_LOST when the program says that it cannot go on. */
	hear(site: string, event: NodeEvent): void {
		switch (event.kind) {
			case 'chunk-produced':
				this.#produced(event);
				break;
			case 'chunk-arrived':
				this.#arrived(event);
				break;
			case 'chunk-duplicate':
				this.#emitForEach(event);
				break;
			case 'chunk-corrupt':
				this.#accounts.settled(event.stream, event.sequence);
				this.#emitForEach(event);
				break;
			case 'site-sample':
				this.#sampled(site, event);
				break;
			case 'stream-sent':
				this.#streams.sent(event.stream);
				break;
			case 'flow-ended':
				this.#flowEnded(event);
				break;
			case 'failed':
				throw failedError(site, event);
			case 'stream-opened':
				this.#opened(site, event.stream);
				break;
			// What is lost or broken is judged before.
			case 'stream-broken':
			case 'ready':
			case 'join':
			case 'set-up':
			case 'topics-made':
			case 'session-opened':
			case 'session-closed':
			case 'session-refused':
			case 'data-server-wanted':
			case 'data-server-unwanted':
				break;
			default:
				event satisfies never;
		}
	}

	/** Whether nothing more will be produced and nothing is under way. */
	isDrained(): boolean {
		return this.#accounts.outstandingTotalCount === 0 && this.#streams.allSent();
	}

	/** Declares what never arrived lost, each for its reason. */
	recordLosses(t: Seconds, otherwise: LossReason): void {
		const losses = this.#accounts.losses(stream => (this.#streams.isStopped(stream) ? 'stream-stopped' : otherwise));
		for (const {reason, ...chunk} of losses) {
			this.#emitAll(lostRecords(this.#streams.forks.copies(chunk), t, reason));
		}
	}

	/** A stream that was placed anew stands again: what was under way on its old way is lost. */
	#opened(site: string, stream: string): void {
		for (const sequence of this.#streams.moved.opened(site, stream, () => this.#accounts.outstanding(stream))) {
			this.#accounts.settled(stream, sequence);
			for (const {t: _, ...lost} of lostRecords(this.#streams.forks.copies({stream, sequence}), 0, 're-placed')) {
				this.#phases.emit(lost);
			}
		}
	}

	#flowEnded({kind: _, ...flow}: Extract<NodeEvent, {kind: 'flow-ended'}>): void {
		const {application} = this.#workload;
		assert(application !== 'chunks', 'flows are of applications that are not ours');
		this.#phases.emit({kind: 'flow.ended', application, ...flow});
	}

	#produced({kind: _, sentSeconds, ...chunk}: Extract<NodeEvent, {kind: 'chunk-produced'}>): void {
		if (chunk.stream !== warmUpStream) {
			this.#accounts.produced(chunk.stream, chunk.sequence);
			for (const {stream, sequence} of this.#streams.forks.copies(chunk)) {
				this.#emit({kind: 'chunk.produced', t: sentSeconds, sentSeconds, ...chunk, stream, sequence});
			}
		}
	}

	#arrived(chunk: Extract<NodeEvent, {kind: 'chunk-arrived'}>): void {
		const {stream, sequence, arrivedSeconds: t, plannedSeconds, sentSeconds, bytes, resolutionRatio, reordered} = chunk;
		const {detections} = chunk;
		if (stream === warmUpStream) {
			this.warmUpArrivedCount++;
			return;
		}
		this.#accounts.settled(stream, sequence);
		this.#emitAll(
			deliveredRecords(this.#streams.forks.copies(chunk), {
				kind: 'chunk.delivered',
				t,
				stream,
				sequence,
				bytes,
				resolutionRatio,
				latencySeconds: t - plannedSeconds,
				transitSeconds: t - sentSeconds,
				diffSeconds: this.#brain.diffSeconds({stream, plannedSendSeconds: plannedSeconds, t}),
				reordered,
				...(detections && {detections}),
			}),
		);
		if (this.#streams.isRunning(stream)) {
			this.#tell({kind: 'chunk.delivered', t, stream, sequence, plannedSendSeconds: plannedSeconds});
		}
	}

	/** What happened to a chunk happened to every copy of it. */
	#emitForEach({kind, ...chunk}: Extract<NodeEvent, {kind: 'chunk-duplicate' | 'chunk-corrupt'}>): void {
		const recordKind = kind === 'chunk-corrupt' ? 'chunk.corrupt' : 'chunk.duplicate';
		for (const {stream, sequence} of this.#streams.forks.copies(chunk)) {
			this.#phases.emit({kind: recordKind, stream, sequence});
		}
	}

	#emitAll(records: readonly RecordBody[]): void {
		for (const record of records) {
			this.#emit(record);
		}
	}

	#sampled(site: string, {kind: _, atSeconds, ...sample}: Extract<NodeEvent, {kind: 'site-sample'}>): void {
		this.#emit({
			kind: 'site.sample',
			t: atSeconds,
			site,
			...sample,
			workersReserved: this.#brain.workersReserved().get(site) ?? 0,
			workers: this.#workersAt(site),
		});
	}
}
