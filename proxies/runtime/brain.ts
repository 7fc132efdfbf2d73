import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Ratio, Seconds} from '#core/units.ts';
import {admit, type Fit, type Misfit} from './admission.ts';
import {candidatesOf, orderedCandidates, type SizedCandidate} from './candidates.ts';
import {type Channel, emptyLedger, type Holding} from './ledger.ts';
import type {Allocation, Brain, BrainAction, BrainEvent, LinkRate, PlannedRequest} from './messages.ts';
import {stageArrivals} from './planned-arrivals.ts';
import {resolutionChange} from './quality.ts';
import {overcommitted, replaceStreams, unplaceable} from './replacement.ts';
import {sharedRates} from './sharing.ts';
import {subscriptionPlan} from './subscription-plan.ts';

/**
 * The control of a scenario: which requests are accepted and where their stages go, what every stream may send, and how its
 * resolution follows the network. Streams are named `stream-1`, `stream-2`, … in the order of their acceptance.
 *
 * Throws a StreambedError (LIMIT_REACHED) when the stages have too many placements along the paths.
 */
export function createBrain(scenario: Scenario): Brain {
	return new RuntimeBrain(scenario);
}

type StreamState = Holding & {
	readonly request: PlannedRequest;
	readonly minimumResolutionRatio: Ratio;
	readonly deadlineSeconds: Seconds;
	/** Planned arrival of a chunk, from its planned send. */
	readonly completionSeconds: Seconds;
	/** Planned arrival at each stage, from the planned send. */
	readonly stageSeconds: readonly Seconds[];
	/** What it may send on each hop of its path. */
	readonly bitsPerSecond: BitsPerSecond[];
	resolutionRatio: Ratio;
	/** Deadlines missed in a row with the resolution at its minimum. */
	misses: number;
	running: boolean;
};

class RuntimeBrain implements Brain {
	readonly #scenario: Scenario;
	readonly #candidates;
	readonly #orderedByResolution = new Map<Ratio, ReadonlyArray<readonly SizedCandidate[]>>();
	readonly #ledger;
	/** Every stream ever accepted: chunks of a stopped one may still be under way. */
	readonly #streams = new Map<string, StreamState>();
	readonly #lostSites = new Set<string>();
	/** How often a stream was placed, for the first time or anew. */
	#allocationCount = 0;

	constructor(scenario: Scenario) {
		this.#scenario = scenario;
		this.#candidates = candidatesOf(scenario);
		this.#ledger = emptyLedger(scenario);
	}

	handle(event: BrainEvent): readonly BrainAction[] {
		switch (event.kind) {
			case 'request.arrived':
				return this.#admit(event.request);
			case 'stream.ended':
				return this.#end([event.stream], stream => ({kind: 'complete', stream}));
			case 'chunk.delivered':
				return this.#judgeArrival(event);
			case 'chunk.reached':
				return this.#judgeStage(event);
			case 'link.changed':
				return this.#changeLink(event);
			case 'site.workers':
				return this.#changeWorkers(event.site, event.workers);
			case 'site.lost':
				return this.#loseSite(event.site);
			default:
				throw new TypeError(`unknown event ${JSON.stringify(event satisfies never)}`);
		}
	}

	workersReserved(): ReadonlyMap<string, number> {
		return this.#ledger.workersReserved();
	}

	diffSeconds(arrival: {readonly stream: string; readonly plannedSendSeconds: Seconds; readonly t: Seconds}): Seconds {
		return arrival.plannedSendSeconds + this.#stream(arrival.stream).completionSeconds - arrival.t;
	}

	#admit(request: PlannedRequest): readonly BrainAction[] {
		const answer = this.#place(request);
		if (answer.kind === 'misfit') {
			return [{kind: 'reject', request: request.request, reason: answer.reason, detail: answer.detail}];
		}
		const stream = `stream-${this.#streams.size + 1}`;
		const allocation = this.#allocate({stream, request, fit: answer});
		return [
			{kind: 'accept', request: request.request, ...allocation},
			...this.#assignRates(allocation.path.map(hop => this.#ledger.channel(hop))),
		];
	}

	#place(request: PlannedRequest): Fit | Misfit {
		return admit({
			request,
			groups: this.#groupsFor(request.minimumResolutionRatio),
			rule: this.#scenario.stack.reservation,
			periodSeconds: this.#scenario.workload.chunk.everySeconds,
			ledger: this.#ledger,
			lostSites: this.#lostSites,
		});
	}

	/** Reserves what fits for a stream, which begins there at its minimum resolution. */
	#allocate({
		stream,
		request,
		fit: {candidate, reservations, completionSeconds},
	}: {
		readonly stream: string;
		readonly request: PlannedRequest;
		readonly fit: Fit;
	}): Allocation {
		const {minimumResolutionRatio, deadlineSeconds} = request;
		const {path, placement, hopBytes, objectiveByteKm, costUsd} = candidate;
		const state: StreamState = {
			stream,
			request,
			path,
			reservations,
			workerSites: placement.map(({site}) => site),
			minimumResolutionRatio,
			deadlineSeconds,
			completionSeconds,
			stageSeconds: stageArrivals(candidate, reservations),
			bitsPerSecond: path.map(() => 0),
			resolutionRatio: minimumResolutionRatio,
			misses: 0,
			running: true,
		};
		this.#streams.set(stream, state);
		this.#ledger.reserve(state);
		const streamIndex = this.#allocationCount++;
		return {
			stream,
			streamIndex,
			placement,
			path,
			hopBytes,
			reservations,
			subscriptions: subscriptionPlan(this.#scenario, {stream, streamIndex, path, placement}),
			objectiveByteKm,
			completionSeconds,
			costUsd,
			resolutionRatio: minimumResolutionRatio,
		};
	}

	#groupsFor(resolutionRatio: Ratio): ReadonlyArray<readonly SizedCandidate[]> {
		const known = this.#orderedByResolution.get(resolutionRatio);
		if (known) {
			return known;
		}
		const chunkBytes = this.#scenario.workload.chunk.bytes;
		const groups = orderedCandidates(this.#candidates, {chunkBytes, resolutionRatio});
		this.#orderedByResolution.set(resolutionRatio, groups);
		return groups;
	}

	#judgeArrival(event: Extract<BrainEvent, {kind: 'chunk.delivered'}>): readonly BrainAction[] {
		const state = this.#stream(event.stream);
		if (!state.running) {
			return [];
		}
		const missed = event.t > event.plannedSendSeconds + state.deadlineSeconds;
		const atMinimum = state.resolutionRatio === state.minimumResolutionRatio;
		state.misses = missed && atMinimum ? state.misses + 1 : 0;
		const {missesBeforeStop} = this.#scenario.stack.quality;
		if (state.misses === missesBeforeStop) {
			const reason = `missed ${missesBeforeStop} deadlines in a row at its minimum resolution`;
			return this.#end([state.stream], stream => ({kind: 'stop', stream, reason}));
		}
		return this.#follow(state, this.diffSeconds(event));
	}

	#judgeStage(event: Extract<BrainEvent, {kind: 'chunk.reached'}>): readonly BrainAction[] {
		const state = this.#stream(event.stream);
		const plannedSeconds = state.stageSeconds[event.stageIndex];
		assert(plannedSeconds !== undefined, `${event.stream} has no stage ${event.stageIndex}`);
		return state.running ? this.#follow(state, event.plannedSendSeconds + plannedSeconds - event.t) : [];
	}

	/** The resolution of a stream after a chunk that was so early or late. */
	#follow(state: StreamState, diffSeconds: Seconds): readonly BrainAction[] {
		const {policy, quality} = this.#scenario.stack;
		const change = policy === 'static' ? undefined : resolutionChange(quality.steps, {...state, diffSeconds});
		if (!change) {
			return [];
		}
		const previousResolutionRatio = state.resolutionRatio;
		state.resolutionRatio = change.resolutionRatio;
		return [{kind: 'set-resolution', stream: state.stream, ...change, previousResolutionRatio, diffSeconds}];
	}

	#changeLink({
		link,
		from,
		rateBitsPerSecond,
	}: {
		readonly link: string;
		readonly from?: string;
		readonly rateBitsPerSecond: BitsPerSecond;
	}): readonly BrainAction[] {
		const channels = from === undefined ? this.#ledger.channels(link) : [this.#ledger.channel({link, from, to: ''})];
		for (const channel of channels) {
			channel.capacityBitsPerSecond = rateBitsPerSecond;
		}
		return this.#assignRates(channels);
	}

	#changeWorkers(site: string, workers: number): readonly BrainAction[] {
		this.#ledger.setWorkers(site, workers);
		const affected = overcommitted(this.#running(), {site, ledger: this.#ledger});
		return this.#replace(affected, `${site} has ${workers} workers left`);
	}

	#loseSite(site: string): readonly BrainAction[] {
		this.#lostSites.add(site);
		const affected = this.#running().filter(({path}) => path.some(({from, to}) => from === site || to === site));
		return this.#replace(affected, `site ${site} was lost`);
	}

	/** Moves the streams that can be placed anew, stops the others, and deals out what that frees. */
	#replace(affected: readonly StreamState[], cause: string): readonly BrainAction[] {
		const before = affected.flatMap(({path}) => path);
		const allocations = new Map<string, Allocation>();
		const replacements = replaceStreams({
			affected,
			ledger: this.#ledger,
			place: ({request}) => this.#place(request),
			reserve: ({stream, request}, fit) => allocations.set(stream, this.#allocate({stream, request, fit})),
		});
		const actions = replacements.map(({stream: state, answer}): BrainAction => {
			const allocation = allocations.get(state.stream);
			if (allocation) {
				return {kind: 're-place', reason: cause, ...allocation};
			}
			assert(answer.kind === 'misfit');
			state.running = false;
			return {kind: 'stop', stream: state.stream, reason: unplaceable(cause, answer)};
		});
		const hops = [...before, ...[...allocations.values()].flatMap(({path}) => path)];
		return [...actions, ...this.#assignRates([...new Set(hops.map(hop => this.#ledger.channel(hop)))])];
	}

	/** In the order of their acceptance. */
	#running(): readonly StreamState[] {
		return [...this.#streams.values()].filter(({running}) => running);
	}

	/** Gives back what the streams hold and deals out what that frees. Streams that had ended before are left as they are. */
	#end(names: readonly string[], action: (stream: string) => BrainAction): readonly BrainAction[] {
		const ended = names.map(name => this.#stream(name)).filter(({running}) => running);
		for (const state of ended) {
			state.running = false;
			this.#ledger.release(state);
		}
		const channels = new Set(ended.flatMap(({path}) => path.map(hop => this.#ledger.channel(hop))));
		return [...ended.map(({stream}) => action(stream)), ...this.#assignRates([...channels])];
	}

	/** New rates on these channels, told to the streams for which they differ. */
	#assignRates(channels: readonly Channel[]): readonly BrainAction[] {
		if (this.#scenario.stack.sharing === 'tcp') {
			return [];
		}
		const changed = new Set<StreamState>();
		for (const channel of channels) {
			for (const [stream, rate] of sharedRates(channel)) {
				const state = this.#stream(stream);
				const hop = state.path.findIndex(({link}) => link === channel.link);
				if (state.bitsPerSecond[hop] !== rate) {
					state.bitsPerSecond[hop] = rate;
					changed.add(state);
				}
			}
		}
		return [...changed].map(state => ({kind: 'set-rates', stream: state.stream, rates: ratesOf(state)}));
	}

	#stream(name: string): StreamState {
		const state = this.#streams.get(name);
		assert(state, `no stream ${name}`);
		return state;
	}
}

function ratesOf({path, bitsPerSecond}: StreamState): readonly LinkRate[] {
	return path.map(({link}, hop) => ({link, bitsPerSecond: bitsPerSecond[hop] as BitsPerSecond}));
}
