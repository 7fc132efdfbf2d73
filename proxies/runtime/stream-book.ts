import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Ratio} from '#core/units.ts';
import {admit, type Fit, type Misfit} from './admission.ts';
import {candidatesOf, orderedCandidates, type SizedCandidate} from './candidates.ts';
import {type Channel, emptyLedger, type Ledger} from './ledger.ts';
import {asksTheSame, carriersFor, isNoMore, ledgerWithout, resize, strictest} from './merging.ts';
import type {PlannedRequest} from './messages.ts';
import {stageArrivals} from './planned-arrivals.ts';
import type {Change, Member, StreamState} from './stream-state.ts';

/**
 * The streams of a scenario, whom each of them serves, and what it holds for that. Streams are named `stream-1`, `stream-2`, …
 * in the order in which requests are accepted; one that joins another has a name of its own and is carried by that one.
 */
export class StreamBook {
	readonly ledger: Ledger;
	readonly lostSites = new Set<string>();
	readonly #scenario: Scenario;
	readonly #candidates;
	readonly #orderedByResolution = new Map<Ratio, ReadonlyArray<readonly SizedCandidate[]>>();
	/** Every stream ever begun: chunks of a stopped one may still be under way. */
	readonly #streams = new Map<string, StreamState>();
	/** Of every request ever accepted, by the name of its stream, the stream that carries it: that one or one that it shares. */
	readonly #carriers = new Map<string, string>();
	/** How often a stream was placed, for the first time or anew. */
	#allocationCount = 0;

	/** Throws a StreambedError (LIMIT_REACHED) when the stages have too many placements along the paths. */
	constructor(scenario: Scenario) {
		this.#scenario = scenario;
		this.#candidates = candidatesOf(scenario);
		this.ledger = emptyLedger(scenario);
	}

	/** The stream that carries what was accepted under a name. */
	carrierOf(name: string): StreamState {
		const state = this.#streams.get(this.#carriers.get(name) ?? '');
		assert(state, `no stream ${name}`);
		return state;
	}

	/** In the order of their acceptance. */
	running(): readonly StreamState[] {
		return [...this.#streams.values()].filter(({running}) => running);
	}

	/** Every direction that these streams cross, once. */
	channelsOf(states: readonly StreamState[]): readonly Channel[] {
		return [...new Set(states.flatMap(({path}) => path.map(hop => this.ledger.channel(hop))))];
	}

	/** Replaces what is known of a stream. */
	keep(state: StreamState): StreamState {
		this.#streams.set(state.stream, state);
		return state;
	}

	place(request: PlannedRequest): Fit | Misfit {
		return this.#admissible(request, this.#groupsFor(request.minimumResolutionRatio), this.ledger);
	}

	/** Begins a stream for one request. */
	begin(request: PlannedRequest, fit: Fit): StreamState {
		const stream = this.#nextName();
		this.#carriers.set(stream, stream);
		const member = {stream, request, fromSeconds: Number.NEGATIVE_INFINITY, missedCount: 0};
		return this.allocate({stream, members: [member]}, fit);
	}

	/** Reserves what fits for a stream, which begins there at its minimum resolution. */
	allocate(
		{stream, members}: Pick<StreamState, 'stream' | 'members'>,
		{candidate, reservations, completionSeconds}: Fit,
	): StreamState {
		const demand = strictest(members.map(({request}) => request));
		const {path, placement} = candidate;
		const state = this.keep({
			stream,
			streamIndex: this.#allocationCount++,
			candidate,
			members: members.map(member => ({...member, missedCount: 0})),
			demand,
			path,
			reservations,
			workerSites: placement.map(({site}) => site),
			completionSeconds,
			stageSeconds: stageArrivals(candidate, reservations),
			bitsPerSecond: path.map(() => 0),
			resolutionRatio: demand.minimumResolutionRatio,
			running: true,
		});
		this.ledger.reserve(state);
		return state;
	}

	/**
	 * Lets a running stream of the same source serve a request too, the first that can; it grows where it must, and its
	 * resolution rises to what the request asks for at least. Returns the name of the request's stream and what carries it;
	 * `undefined` when none can.
	 */
	join(request: PlannedRequest): (Change & {readonly stream: string}) | undefined {
		const stream = this.#nextName();
		const fromSeconds = request.atSeconds + this.#scenario.workload.leadSeconds;
		for (const before of carriersFor(this.running(), request)) {
			const demand = strictest([...before.members.map(one => one.request), request]);
			const grows = !asksTheSame(demand, before.demand);
			const members = [
				...before.members.map(member => (grows ? {...member, fromSeconds, missedCount: 0} : member)),
				{stream, request, fromSeconds, missedCount: 0},
			];
			const fit = this.#refit(before, members);
			if (fit.kind === 'fit') {
				this.#carriers.set(stream, before.stream);
				const grown = this.#resize(before, members, fit);
				const resolutionRatio = Math.max(before.resolutionRatio, demand.minimumResolutionRatio);
				return {stream, before, after: this.keep({...grown, resolutionRatio})};
			}
		}
		return undefined;
	}

	/** A request no longer needs its stream. `undefined` when it had left before. */
	leave(name: string): Change | undefined {
		const before = this.carrierOf(name);
		const members = before.members.filter(({stream}) => stream !== name);
		if (members.length === before.members.length) {
			return undefined;
		}
		if (members.length > 0) {
			return {before, after: this.#shrink(before, members)};
		}
		this.ledger.release(before);
		return {before, after: this.keep({...before, members, running: false})};
	}

	/**
	 * What serves less strict requests from now on holds less, and begins again at its minimum resolution; unless a link has
	 * changed so that it would need more somewhere.
	 */
	#shrink(state: StreamState, left: readonly Member[]): StreamState {
		const demand = strictest(left.map(({request}) => request));
		if (asksTheSame(demand, state.demand)) {
			return this.keep({...state, members: left, demand});
		}
		const members = left.map(member => ({...member, missedCount: 0}));
		const fit = this.#refit(state, members);
		if (fit.kind === 'misfit' || !isNoMore(fit, state.reservations)) {
			return this.keep({...state, members, demand});
		}
		const shrunk = this.#resize(state, members, fit);
		return this.keep({...shrunk, resolutionRatio: demand.minimumResolutionRatio});
	}

	/** What a stream would hold, where it stands, if it served these. */
	#refit(state: StreamState, members: readonly Member[]): Fit | Misfit {
		const demand = strictest(members.map(({request}) => request));
		const {placement} = state.candidate;
		const sized = this.#groupsFor(demand.minimumResolutionRatio).flat();
		const there = sized.filter(candidate => candidate.placement === placement);
		return this.#admissible(demand, [there], ledgerWithout(this.ledger, state));
	}

	#resize(state: StreamState, members: readonly Member[], fit: Fit): StreamState {
		const {candidate, reservations, completionSeconds} = fit;
		const demand = strictest(members.map(({request}) => request));
		const stageSeconds = stageArrivals(candidate, reservations);
		resize(this.ledger, state, reservations);
		return this.keep({...state, members, demand, candidate, reservations, completionSeconds, stageSeconds});
	}

	#admissible(request: PlannedRequest, groups: ReadonlyArray<readonly SizedCandidate[]>, ledger: Ledger): Fit | Misfit {
		const {stack, workload} = this.#scenario;
		const periodSeconds = workload.chunk.everySeconds;
		return admit({request, groups, rule: stack.reservation, periodSeconds, ledger, lostSites: this.lostSites});
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

	#nextName(): string {
		return `stream-${this.#carriers.size + 1}`;
	}
}
