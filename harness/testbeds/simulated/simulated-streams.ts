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
import {acceptedRecord, arrivedRecord, replacedRecord} from '../drive/allocation-records.ts';
import type {Chunk} from './chunk.ts';
import type {EventHandle} from './engine.ts';
import {priorities} from './priorities.ts';
import {type Infrastructure, StreamPipeline} from './stream-pipeline.ts';

type Stream = {
	/** Where it stands now. */
	pipeline: StreamPipeline;
	readonly deadlineSeconds: Seconds;
	/** Produced and not yet delivered. */
	readonly underWay: Set<number>;
	production: EventHandle | undefined;
	running: boolean;
};

/** The streams of a simulated variant: tells the brain what happens, carries out what it answers, and records both. */
export class SimulatedStreams {
	readonly #scenario: Scenario;
	readonly #infrastructure: Infrastructure;
	readonly #brain: Brain;
	readonly #emit: (record: RecordBody) => void;
	readonly #onDelivered: () => void;
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
		for (const [stream, {running}] of [...this.#streams]) {
			if (running && complete) {
				this.tell({kind: 'stream.ended', t, stream});
			}
		}
		for (const loss of this.#stoppedLosses) {
			this.#emit({kind: 'chunk.lost', t, ...loss, reason: 'stream-stopped'});
		}
		for (const loss of outstanding) {
			this.#emit({kind: 'chunk.lost', t, ...loss, reason: 'not-delivered'});
		}
	}

	#carryOut(
		action: BrainAction,
		{
			t,
			actions,
			request,
		}: {
			readonly t: Seconds;
			readonly actions: readonly BrainAction[];
			readonly request: PlannedRequest | undefined;
		},
	): void {
		switch (action.kind) {
			case 'accept':
				assert(request?.request === action.request);
				this.#open({acceptance: action, request, rates: ratesOf(actions, action.stream), t});
				break;
			case 're-place':
				this.#move(action, ratesOf(actions, action.stream), t);
				break;
			case 'reject': {
				assert(request?.request === action.request);
				const {minimumResolutionRatio} = request;
				const {request: name, reason, detail} = action;
				this.#emit({kind: 'request.rejected', t, request: name, minimumResolutionRatio, reason, detail});
				break;
			}
			case 'set-rates':
				this.#stream(action.stream).pipeline.setRates(action.rates);
				this.#emit({kind: 'stream.rates', t, stream: action.stream, rates: [...action.rates]});
				break;
			case 'set-resolution': {
				const {kind: _, ...change} = action;
				this.#stream(action.stream).pipeline.setResolution(action.resolutionRatio);
				this.#emit({kind: 'stream.resolution', t, ...change});
				break;
			}
			case 'stop':
				this.#stop(action.stream);
				this.#emit({kind: 'stream.stopped', t, stream: action.stream, reason: action.reason});
				break;
			case 'complete':
				this.#endProduction(this.#stream(action.stream));
				this.#forgetIfOver(action.stream);
				this.#emit({kind: 'stream.completed', t, stream: action.stream});
				break;
			default:
				action satisfies never;
		}
	}

	#open({
		acceptance,
		request,
		rates,
		t,
	}: {
		readonly acceptance: Acceptance;
		readonly request: PlannedRequest;
		readonly rates: readonly LinkRate[];
		readonly t: Seconds;
	}): void {
		const {workload, timing} = this.#scenario;
		const {stream, resolutionRatio} = acceptance;
		const {minimumResolutionRatio, deadlineSeconds, durationSeconds} = request;
		const onDelivered = (chunk: Chunk) => this.#deliver(stream, opened, chunk);
		const pipeline = this.#pipeline(acceptance, rates, onDelivered);
		const opened: Stream = {pipeline, deadlineSeconds, underWay: new Set(), production: undefined, running: true};
		this.#streams.set(stream, opened);
		const firstSeconds = request.atSeconds + workload.leadSeconds;
		const endSeconds = Math.min(firstSeconds + durationSeconds, timing.driveSeconds);
		this.#scheduleProduction(stream, opened, {firstSeconds, endSeconds});
		if (endSeconds < timing.driveSeconds) {
			this.#infrastructure.engine.at(endSeconds, priorities.streamEnd, () => {
				if (opened.running) {
					this.tell({kind: 'stream.ended', t: endSeconds, stream});
				}
			});
		}
		this.#emit(acceptedRecord(acceptance, request, t));
		this.#emit({kind: 'stream.started', t, stream, minimumResolutionRatio, resolutionRatio});
	}

	/** Drops what is under way on the old way of a stream, and opens its new one. */
	#move(move: Move, rates: readonly LinkRate[], t: Seconds): void {
		const name = move.stream;
		const stream = this.#stream(name);
		stream.pipeline.close();
		stream.pipeline = this.#pipeline(move, rates, chunk => this.#deliver(name, stream, chunk));
		this.#emit(replacedRecord(move, t));
		for (const sequence of stream.underWay) {
			this.#emit({kind: 'chunk.lost', t, stream: name, sequence, reason: 're-placed'});
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

	/** One chunk every period, none at or after the end. */
	#scheduleProduction(
		name: string,
		stream: Stream,
		{firstSeconds, endSeconds}: {readonly firstSeconds: Seconds; readonly endSeconds: Seconds},
	): void {
		const {engine} = this.#infrastructure;
		const {bytes: rawBytes, everySeconds} = this.#scenario.workload.chunk;
		let sequence = 0;
		let plannedSeconds = firstSeconds;
		const schedule = () => {
			// From the first one, so that rounding does not add up.
			plannedSeconds = firstSeconds + sequence * everySeconds;
			stream.production =
				plannedSeconds < endSeconds ? engine.at(plannedSeconds, priorities.production, produce) : undefined;
		};
		const produce = () => {
			stream.underWay.add(sequence);
			const bytes = this.#realBytes(stream.pipeline.produce({sequence, plannedSeconds, rawBytes}));
			const t = plannedSeconds;
			this.#emit({kind: 'chunk.produced', stream: name, sequence, t, plannedSeconds, sentSeconds: t, bytes});
			sequence++;
			schedule();
		};
		schedule();
	}

	#deliver(name: string, stream: Stream, {sequence, plannedSeconds, bytes, resolutionRatio}: Chunk): void {
		const t = this.#infrastructure.engine.nowSeconds;
		const latencySeconds = t - plannedSeconds;
		const spareSeconds = plannedSeconds + stream.deadlineSeconds - t;
		const arrival = {stream: name, plannedSendSeconds: plannedSeconds, t};
		stream.underWay.delete(sequence);
		this.#emit({
			kind: 'chunk.delivered',
			t,
			stream: name,
			sequence,
			bytes: this.#realBytes(bytes),
			resolutionRatio,
			latencySeconds,
			transitSeconds: latencySeconds,
			diffSeconds: stream.running ? this.#brain.diffSeconds(arrival) : spareSeconds,
			reordered: false,
		});
		if (spareSeconds < 0) {
			this.#emit({kind: 'chunk.late', t, stream: name, sequence, latenessSeconds: -spareSeconds});
		}
		if (stream.running) {
			this.tell({kind: 'chunk.delivered', sequence, ...arrival});
		} else {
			this.#forgetIfOver(name);
		}
		this.#onDelivered();
	}

	#stop(name: string): void {
		const stream = this.#stream(name);
		this.#endProduction(stream);
		stream.pipeline.close();
		for (const sequence of stream.underWay) {
			this.#stoppedLosses.push({stream: name, sequence});
		}
		stream.underWay.clear();
		this.#forgetIfOver(name);
	}

	#endProduction(stream: Stream): void {
		stream.running = false;
		if (stream.production !== undefined) {
			this.#infrastructure.engine.cancel(stream.production);
		}
	}

	#forgetIfOver(name: string): void {
		const {running, underWay} = this.#stream(name);
		if (!running && underWay.size === 0) {
			this.#streams.delete(name);
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

function ratesOf(actions: readonly BrainAction[], stream: string): readonly LinkRate[] {
	for (const action of actions) {
		if (action.kind === 'set-rates' && action.stream === stream) {
			return action.rates;
		}
	}
	return [];
}
