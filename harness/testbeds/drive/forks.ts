import assert from 'node:assert/strict';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';

/** What a request gets of a chunk: it is told under the name of its own stream, and counted from its first one. */
export type Copy = {
	readonly stream: string;
	readonly sequence: number;
	readonly deadlineSeconds: Seconds;
	/** The request was given up: what was under way for it is lost, though it comes for others. */
	readonly isStopped: boolean;
};

/** When a stream is sent: its first chunk, and the instant at or after which none is planned. */
export type Span = {readonly firstSeconds: Seconds; readonly endSeconds: Seconds};

type Branch = Omit<Copy, 'sequence' | 'isStopped'> & {
	readonly firstSequence: number;
	endSeconds: Seconds;
	state: 'running' | 'completed' | 'stopped';
};

type Carrier = {readonly firstSeconds: Seconds; readonly branches: Branch[]; readonly isOpenEnded: boolean};

/**
 * Where requests that share a stream part: at the consumer, which keeps one copy of every chunk for each request that the
 * chunk is for. A chunk is for the requests whose time it was planned in; for nobody, when they have all left meanwhile.
 * Streams that are not shared are carriers with one branch.
 */
export class Forks {
	readonly #scenario: Scenario;
	readonly #carriers = new Map<string, Carrier>();
	readonly #carrierOf = new Map<string, string>();

	constructor(scenario: Scenario) {
		this.#scenario = scenario;
	}

	/** A stream begins. What others may join is sent until nobody needs it, at most as long as driving lasts. */
	begin(stream: string, request: PlannedRequest): {readonly sent: Span; readonly request: Span} {
		const span = this.#spanOf(request);
		const isOpenEnded = this.#scenario.stack.merge && request.source !== undefined;
		const {firstSeconds, endSeconds} = span;
		const {deadlineSeconds} = request;
		const branches: Branch[] = [{stream, deadlineSeconds, firstSequence: 0, endSeconds, state: 'running'}];
		this.#carriers.set(stream, {firstSeconds, branches, isOpenEnded});
		this.#carrierOf.set(stream, stream);
		return {sent: isOpenEnded ? {...span, endSeconds: this.#scenario.timing.driveSeconds} : span, request: span};
	}

	/** A request joins a stream, from the first chunk on that is planned when its own first one would have been. */
	join(stream: string, request: PlannedRequest, carrier: string): Span {
		const {branches, firstSeconds} = this.#carrier(carrier);
		const span = this.#spanOf(request);
		const periods = (span.firstSeconds - firstSeconds) / this.#scenario.workload.chunk.everySeconds;
		// The first chunks of both may be planned for one instant, and the quotient be a bit more than whole.
		const firstSequence = Math.max(0, Math.ceil(periods - 1e-9));
		const {endSeconds} = span;
		const {deadlineSeconds} = request;
		branches.push({stream, deadlineSeconds, firstSequence, endSeconds, state: 'running'});
		this.#carrierOf.set(stream, carrier);
		return span;
	}

	/** One request's stream is over. Returns the stream that nobody needs any more by that, if there is one. */
	end(stream: string, {state, t}: {readonly state: 'completed' | 'stopped'; readonly t: Seconds}): string | undefined {
		const carrier = this.carrierOf(stream);
		const {branches} = this.#carrier(carrier);
		const branch = branches.find(one => one.stream === stream);
		assert(branch, `${carrier} does not carry ${stream}`);
		branch.state = state;
		branch.endSeconds = Math.min(branch.endSeconds, t);
		return branches.every(one => one.state !== 'running') ? carrier : undefined;
	}

	carrierOf(stream: string): string {
		const carrier = this.#carrierOf.get(stream);
		assert(carrier !== undefined, `the stream ${stream} was never opened`);
		return carrier;
	}

	isRunning(stream: string): boolean {
		return this.#carrier(this.carrierOf(stream)).branches.some(one => one.stream === stream && one.state === 'running');
	}

	/** The streams of all requests that are served, in the order in which what carries them began. */
	running(): readonly string[] {
		return [...this.#carriers.keys()].flatMap(carrier => this.carriedBy(carrier));
	}

	/** The streams of the requests that one stream serves now. */
	carriedBy(carrier: string): readonly string[] {
		return this.#carrier(carrier).branches.flatMap(({stream, state}) => (state === 'running' ? stream : []));
	}

	/** Whom a chunk of a stream is for. */
	copies({stream: carrier, sequence}: {readonly stream: string; readonly sequence: number}): readonly Copy[] {
		const {firstSeconds, branches, isOpenEnded} = this.#carrier(carrier);
		const plannedSeconds = firstSeconds + sequence * this.#scenario.workload.chunk.everySeconds;
		const copies: Copy[] = [];
		for (const {stream, deadlineSeconds, firstSequence, endSeconds, state} of branches) {
			if (!isOpenEnded || (sequence >= firstSequence && plannedSeconds < endSeconds)) {
				const isStopped = state === 'stopped';
				copies.push({stream, sequence: sequence - firstSequence, deadlineSeconds, isStopped});
			}
		}
		return copies;
	}

	#carrier(name: string): Carrier {
		const carrier = this.#carriers.get(name);
		assert(carrier, `the stream ${name} was never opened`);
		return carrier;
	}

	#spanOf({atSeconds, durationSeconds}: PlannedRequest): Span {
		const {workload, timing} = this.#scenario;
		const firstSeconds = atSeconds + workload.leadSeconds;
		return {firstSeconds, endSeconds: Math.min(firstSeconds + durationSeconds, timing.driveSeconds)};
	}
}
