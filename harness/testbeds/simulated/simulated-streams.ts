import assert from 'node:assert/strict';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes, Seconds} from '#core/units.ts';
import type {
	Acceptance,
	Allocation,
	Brain,
	BrainAction,
	BrainEvent,
	LinkRate,
	Move,
	PlannedRequest,
} from '#proxies/runtime/messages.ts';
import {acceptedRecord, arrivedRecord, rejectedRecord, replacedRecord} from '../drive/allocation-records.ts';
import {deliveredRecords, lostRecords, punctualRecords} from '../drive/chunk-records.ts';
import {Forks, type Span} from '../drive/forks.ts';
import {ratesIn} from '../drive/rates-in.ts';
import type {Chunk} from './chunk.ts';
import {priorities} from './priorities.ts';
import {Production} from './production.ts';
import {type Infrastructure, StreamPipeline} from './stream-pipeline.ts';

type Stream = {
	/** Where it stands now. */
	pipeline: StreamPipeline;
	readonly deadlineSeconds: Seconds;
	/** Produced and not yet delivered. */
	readonly underWay: Set<number>;
	readonly production: Production;
	running: boolean;
};

/** When an action is carried out, those that come with it, and the request that an arrival is about. */
type Occasion = {
	readonly t: Seconds;
	readonly actions: readonly BrainAction[];
	readonly request: PlannedRequest | undefined;
};

/** The streams of a simulated variant: tells the brain what happens, carries out what it answers, and records both. */
export class SimulatedStreams {
	readonly #scenario: Scenario;
	readonly #infrastructure: Infrastructure;
	readonly #brain: Brain;
	readonly #emit: (record: RecordBody) => void;
	readonly #onDelivered: () => void;
	readonly #forks: Forks;
	/** Those that run, or have chunks under way. */
	readonly #streams = new Map<string, Stream>();
	readonly #stoppedLosses: Array<{readonly stream: string; readonly sequence: number}> = [];

	constructor(options: {
		readonly scenario: Scenario;
		readonly infrastructure: Infrastructure;
		readonly brain: Brain;
		readonly emit: (record: RecordBody) => void;
		/** A chunk reached the consumer, and all that follows from it has been done. */
		readonly onDelivered: () => void;
	}) {
		this.#scenario = options.scenario;
		this.#infrastructure = options.infrastructure;
		this.#brain = options.brain;
		this.#emit = options.emit;
		this.#onDelivered = options.onDelivered;
		this.#forks = new Forks(options.scenario);
	}

	/** Whether no chunk is on its way. */
	get idle(): boolean {
		return this.#streams.values().every(({underWay}) => underWay.size === 0);
	}

	arrive(request: PlannedRequest): void {
		this.#emit(arrivedRecord(request, this.#scenario.timing.driveSeconds));
		this.tell({kind: 'request.arrived', t: request.atSeconds, request}, request);
	}

	/** Gives the brain an event and carries out what it answers; `request` is the one that an arrival is about. */
	tell(event: BrainEvent, request?: PlannedRequest): void {
		const actions = this.#brain.handle(event);
		for (const action of actions) {
			this.#carryOut(action, {t: event.t, actions, request});
		}
	}

	/** After the last event: what runs is complete, unless the run failed; what never arrived is lost, each for its reason. */
	settle(t: Seconds, {complete}: {readonly complete: boolean}): void {
		const outstanding = [...this.#streams].flatMap(([stream, {underWay}]) =>
			[...underWay].map(sequence => ({stream, sequence})),
		);
		for (const stream of complete ? this.#forks.running() : []) {
			this.tell({kind: 'stream.ended', t, stream});
		}
		for (const loss of this.#stoppedLosses) {
			this.#emitAll(lostRecords(this.#forks.copies(loss), t, 'stream-stopped'));
		}
		for (const loss of outstanding) {
			this.#emitAll(lostRecords(this.#forks.copies(loss), t, 'not-delivered'));
		}
	}

	#carryOut(action: BrainAction, {t, actions, request}: Occasion): void {
		switch (action.kind) {
			case 'accept':
				assert(request?.request === action.request);
				this.#open(action, request, {t, actions, request});
				break;
			case 're-place':
				this.#move(action, ratesIn(actions, action.stream), t);
				break;
			case 'reject':
				assert(request?.request === action.request);
				this.#emit(rejectedRecord(action, request, t));
				break;
			case 'set-rates':
				this.#stream(action.stream).pipeline.setRates(action.rates);
				this.#emit({kind: 'stream.rates', t, stream: action.stream, rates: [...action.rates]});
				break;
			case 'set-resolution': {
				const {kind: _, ...change} = action;
				this.#stream(action.stream).pipeline.setResolution(action.resolutionRatio);
				for (const stream of this.#forks.carriedBy(action.stream)) {
					this.#emit({kind: 'stream.resolution', t, ...change, stream});
				}
				break;
			}
			case 'stop':
				this.#stop(this.#forks.end(action.stream, {state: 'stopped', t}));
				this.#emit({kind: 'stream.stopped', t, stream: action.stream, reason: action.reason});
				break;
			case 'complete':
				this.#complete(this.#forks.end(action.stream, {state: 'completed', t}));
				this.#emit({kind: 'stream.completed', t, stream: action.stream});
				break;
			default:
				action satisfies never;
		}
	}

	#open(acceptance: Acceptance, request: PlannedRequest, {t, actions}: Occasion): void {
		const {stream, carrier, resolutionRatio} = acceptance;
		const {minimumResolutionRatio} = request;
		const rates = ratesIn(actions, stream);
		const {endSeconds} =
			carrier === undefined ? this.#begin(acceptance, request, rates) : this.#forks.join(stream, request, carrier);
		if (endSeconds < this.#scenario.timing.driveSeconds) {
			this.#infrastructure.engine.at(endSeconds, priorities.streamEnd, () => {
				if (this.#forks.isRunning(stream)) {
					this.tell({kind: 'stream.ended', t: endSeconds, stream});
				}
			});
		}
		this.#emit(acceptedRecord(acceptance, request, t));
		this.#emit({kind: 'stream.started', t, stream, minimumResolutionRatio, resolutionRatio});
	}

	/** Opens a stream for its first request, and says how long that lasts. */
	#begin(allocation: Allocation, request: PlannedRequest, rates: readonly LinkRate[]): Span {
		const {stream} = allocation;
		const {deadlineSeconds} = request;
		const spans = this.#forks.begin(stream, request);
		const production = new Production({
			engine: this.#infrastructure.engine,
			span: spans.sent,
			everySeconds: this.#scenario.workload.chunk.everySeconds,
			produce: (sequence, plannedSeconds) => this.#produce(stream, opened, {sequence, plannedSeconds}),
		});
		const onDelivered = (chunk: Chunk) => this.#deliver(stream, opened, chunk);
		const pipeline = this.#pipeline(allocation, rates, onDelivered);
		const opened: Stream = {pipeline, deadlineSeconds, underWay: new Set(), production, running: true};
		this.#streams.set(stream, opened);
		return spans.request;
	}

	/** Drops what is under way on the old way of a stream, and opens its new one. */
	#move(move: Move, rates: readonly LinkRate[], t: Seconds): void {
		const name = move.stream;
		const stream = this.#stream(name);
		stream.pipeline.close();
		stream.pipeline = this.#pipeline(move, rates, chunk => this.#deliver(name, stream, chunk));
		for (const carried of this.#forks.carriedBy(name)) {
			this.#emit(replacedRecord({...move, stream: carried}, t));
		}
		for (const sequence of stream.underWay) {
			this.#emitAll(lostRecords(this.#forks.copies({stream: name, sequence}), t, 're-placed'));
		}
		stream.underWay.clear();
	}

	#pipeline(allocation: Allocation, rates: readonly LinkRate[], onDelivered: (chunk: Chunk) => void): StreamPipeline {
		return new StreamPipeline({
			infrastructure: this.#infrastructure,
			quality: this.#scenario.stack.quality,
			acceptance: allocation,
			rates,
			onReached: (stageIndex, {plannedSeconds}) => {
				const t = this.#infrastructure.engine.nowSeconds;
				const {stream} = allocation;
				this.tell({kind: 'chunk.reached', t, stream, stageIndex, plannedSendSeconds: plannedSeconds});
			},
			onDelivered,
		});
	}

	#produce(
		name: string,
		stream: Stream,
		{sequence, plannedSeconds}: {readonly sequence: number; readonly plannedSeconds: Seconds},
	): void {
		stream.underWay.add(sequence);
		const rawBytes = this.#scenario.workload.chunk.bytes;
		const bytes = this.#realBytes(stream.pipeline.produce({sequence, plannedSeconds, rawBytes}));
		this.#emitAll(punctualRecords(this.#forks.copies({stream: name, sequence}), {plannedSeconds, bytes}));
	}

	#deliver(name: string, stream: Stream, {sequence, plannedSeconds, bytes, resolutionRatio}: Chunk): void {
		const t = this.#infrastructure.engine.nowSeconds;
		const latencySeconds = t - plannedSeconds;
		stream.underWay.delete(sequence);
		this.#emitAll(
			deliveredRecords(this.#forks.copies({stream: name, sequence}), {
				kind: 'chunk.delivered',
				t,
				stream: name,
				sequence,
				bytes: this.#realBytes(bytes),
				resolutionRatio,
				latencySeconds,
				transitSeconds: latencySeconds,
				diffSeconds: stream.running
					? this.#brain.diffSeconds({stream: name, plannedSendSeconds: plannedSeconds, t})
					: plannedSeconds + stream.deadlineSeconds - t,
				reordered: false,
			}),
		);
		if (stream.running) {
			this.tell({kind: 'chunk.delivered', t, stream: name, sequence, plannedSendSeconds: plannedSeconds});
		} else {
			this.#forgetIfOver(name);
		}
		this.#onDelivered();
	}

	/** Drops what is under way of a stream that nobody needs any more. */
	#stop(name: string | undefined): void {
		if (name === undefined) {
			return;
		}
		const stream = this.#stream(name);
		stream.running = false;
		stream.production.stop();
		stream.pipeline.close();
		for (const sequence of stream.underWay) {
			this.#stoppedLosses.push({stream: name, sequence});
		}
		stream.underWay.clear();
		this.#forgetIfOver(name);
	}

	/** What is under way goes on. */
	#complete(name: string | undefined): void {
		if (name !== undefined) {
			const stream = this.#stream(name);
			stream.running = false;
			stream.production.stop();
			this.#forgetIfOver(name);
		}
	}

	#forgetIfOver(name: string): void {
		const {running, underWay} = this.#stream(name);
		if (!running && underWay.size === 0) {
			this.#streams.delete(name);
		}
	}

	#emitAll(records: readonly RecordBody[]): void {
		for (const record of records) {
			this.#emit(record);
		}
	}

	/** Records speak of bytes as they cross the links of a run at this time scale. */
	#realBytes(bytes: Bytes): Bytes {
		return Math.round(bytes * this.#scenario.timeScale);
	}

	#stream(name: string): Stream {
		const stream = this.#streams.get(name);
		assert(stream, `no stream ${name} is open`);
		return stream;
	}
}
