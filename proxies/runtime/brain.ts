import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Ratio, Seconds} from '#core/units.ts';
import {admit} from './admission.ts';
import {candidatesOf, orderedCandidates, type SizedCandidate} from './candidates.ts';
import {type Channel, emptyLedger, type Holding} from './ledger.ts';
import type {Brain, BrainAction, BrainEvent, LinkRate, PlannedRequest} from './messages.ts';
import {qualityStep, steppedResolution} from './quality.ts';
import {sharedRates} from './sharing.ts';

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
	readonly minimumResolutionRatio: Ratio;
	readonly deadlineSeconds: Seconds;
	/** Planned arrival of a chunk, from its planned send. */
	readonly completionSeconds: Seconds;
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
			case 'link.changed':
				return this.#changeLink(event.link, event.rateBitsPerSecond);
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
		const {minimumResolutionRatio, deadlineSeconds} = request;
		const answer = admit({
			request,
			groups: this.#groupsFor(minimumResolutionRatio),
			periodSeconds: this.#scenario.workload.chunk.everySeconds,
			ledger: this.#ledger,
			lostSites: this.#lostSites,
		});
		if (answer.kind === 'misfit') {
			return [{kind: 'reject', request: request.request, reason: answer.reason, detail: answer.detail}];
		}
		const {candidate, reservations, completionSeconds} = answer;
		const {path, placement, hopBytes, objectiveByteKm, costUsd} = candidate;
		const streamIndex = this.#streams.size;
		const stream = `stream-${streamIndex + 1}`;
		const state: StreamState = {
			stream,
			path,
			reservations,
			workerSites: placement.map(({site}) => site),
			minimumResolutionRatio,
			deadlineSeconds,
			completionSeconds,
			bitsPerSecond: path.map(() => 0),
			resolutionRatio: minimumResolutionRatio,
			misses: 0,
			running: true,
		};
		this.#streams.set(stream, state);
		this.#ledger.reserve(state);
		return [
			{
				kind: 'accept',
				request: request.request,
				stream,
				streamIndex,
				placement,
				path,
				hopBytes,
				reservations,
				objectiveByteKm,
				completionSeconds,
				costUsd,
				resolutionRatio: minimumResolutionRatio,
			},
			...this.#assignRates(path.map(hop => this.#ledger.channel(hop))),
		];
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
		const {missesBeforeStop, steps} = this.#scenario.stack.quality;
		if (state.misses === missesBeforeStop) {
			const reason = `missed ${missesBeforeStop} deadlines in a row at its minimum resolution`;
			return this.#end([state.stream], stream => ({kind: 'stop', stream, reason}));
		}
		if (this.#scenario.stack.policy === 'static') {
			return [];
		}
		const diffSeconds = this.diffSeconds(event);
		const step = qualityStep(steps, diffSeconds);
		if (!step) {
			return [];
		}
		const previousResolutionRatio = state.resolutionRatio;
		const resolutionRatio = steppedResolution({...state, changeRatio: step.changeRatio});
		if (resolutionRatio === previousResolutionRatio) {
			return [];
		}
		state.resolutionRatio = resolutionRatio;
		const {stream} = state;
		const {condition} = step;
		return [{kind: 'set-resolution', stream, resolutionRatio, previousResolutionRatio, diffSeconds, condition}];
	}

	#changeLink(link: string, rateBitsPerSecond: BitsPerSecond): readonly BrainAction[] {
		const channels = this.#ledger.channels(link);
		for (const channel of channels) {
			channel.capacityBitsPerSecond = rateBitsPerSecond;
		}
		return this.#assignRates(channels);
	}

	#loseSite(site: string): readonly BrainAction[] {
		this.#lostSites.add(site);
		const through = [...this.#streams.values()].filter(
			({running, path}) => running && path.some(({from, to}) => from === site || to === site),
		);
		const names = through.map(({stream}) => stream);
		return this.#end(names, stream => ({kind: 'stop', stream, reason: `site ${site} was lost`}));
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
