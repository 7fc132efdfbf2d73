import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import {allocationOf} from './allocation.ts';
import type {Channel} from './ledger.ts';
import {countMisses, givenUp} from './merging.ts';
import type {Brain, BrainAction, BrainEvent, PlannedRequest} from './messages.ts';
import {resolutionChange} from './quality.ts';
import {overcommitted, replaceStreams, unplaceable} from './replacement.ts';
import {sharedRates} from './sharing.ts';
import {StreamBook} from './stream-book.ts';
import {type Change, ratesOf, type StreamState} from './stream-state.ts';

/**
 * The control of a scenario: which requests are accepted and where their stages go, what every stream may send, and how its
 * resolution follows the network. Streams are named `stream-1`, `stream-2`, … in the order of their acceptance.
 *
 * Throws a StreambedError (LIMIT_REACHED) when the stages have too many placements along the paths.
 */
export function createBrain(scenario: Scenario): Brain {
	return new RuntimeBrain(scenario);
}

class RuntimeBrain implements Brain {
	readonly #scenario: Scenario;
	readonly #book: StreamBook;

	constructor(scenario: Scenario) {
		this.#scenario = scenario;
		this.#book = new StreamBook(scenario);
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
		return this.#book.ledger.workersReserved();
	}

	diffSeconds(arrival: {readonly stream: string; readonly plannedSendSeconds: Seconds; readonly t: Seconds}): Seconds {
		return arrival.plannedSendSeconds + this.#book.carrierOf(arrival.stream).completionSeconds - arrival.t;
	}

	#admit(request: PlannedRequest): readonly BrainAction[] {
		const joined = this.#scenario.stack.merge ? this.#book.join(request) : undefined;
		if (joined) {
			return this.#accept(request, joined);
		}
		const answer = this.#book.place(request);
		if (answer.kind === 'misfit') {
			return [{kind: 'reject', request: request.request, reason: answer.reason, detail: answer.detail}];
		}
		const begun = this.#book.begin(request, answer);
		return this.#accept(request, {stream: begun.stream, before: begun, after: begun});
	}

	#accept({request}: PlannedRequest, {stream, ...change}: Change & {readonly stream: string}): readonly BrainAction[] {
		const {after} = change;
		const carrier = stream === after.stream ? {} : {carrier: after.stream};
		return [
			{kind: 'accept', request, ...allocationOf(this.#scenario, after), stream, ...carrier},
			...changedResolution(change, `${stream} joined`),
			...this.#assignRates(this.#book.channelsOf([after])),
		];
	}

	#judgeArrival(event: Extract<BrainEvent, {kind: 'chunk.delivered'}>): readonly BrainAction[] {
		const before = this.#book.carrierOf(event.stream);
		if (!before.running) {
			return [];
		}
		const members = countMisses(before, event);
		const state = members === before.members ? before : this.#book.keep({...before, members});
		const {missesBeforeStop} = this.#scenario.stack.quality;
		const leaving = givenUp(state, missesBeforeStop);
		if (leaving.length > 0) {
			const reason = `missed ${missesBeforeStop} deadlines in a row at its minimum resolution`;
			const names = leaving.map(({stream}) => stream);
			return this.#end(names, stream => ({kind: 'stop', stream, reason}));
		}
		return this.#follow(state, this.diffSeconds(event));
	}

	#judgeStage(event: Extract<BrainEvent, {kind: 'chunk.reached'}>): readonly BrainAction[] {
		const state = this.#book.carrierOf(event.stream);
		const plannedSeconds = state.stageSeconds[event.stageIndex];
		assert(plannedSeconds !== undefined, `${event.stream} has no stage ${event.stageIndex}`);
		return state.running ? this.#follow(state, event.plannedSendSeconds + plannedSeconds - event.t) : [];
	}

	/** The resolution of a stream after a chunk that was so early or late. */
	#follow(state: StreamState, diffSeconds: Seconds): readonly BrainAction[] {
		const {policy, quality} = this.#scenario.stack;
		const {stream, demand, resolutionRatio: previousResolutionRatio} = state;
		const {minimumResolutionRatio} = demand;
		const now = {resolutionRatio: previousResolutionRatio, minimumResolutionRatio, diffSeconds};
		const change = policy === 'static' ? undefined : resolutionChange(quality.steps, now);
		if (!change) {
			return [];
		}
		this.#book.keep({...state, resolutionRatio: change.resolutionRatio});
		return [{kind: 'set-resolution', stream, ...change, previousResolutionRatio, diffSeconds}];
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
		const {ledger} = this.#book;
		const channels = from === undefined ? ledger.channels(link) : [ledger.channel({link, from, to: ''})];
		for (const channel of channels) {
			channel.capacityBitsPerSecond = rateBitsPerSecond;
		}
		return this.#assignRates(channels);
	}

	#changeWorkers(site: string, workers: number): readonly BrainAction[] {
		const {ledger} = this.#book;
		ledger.setWorkers(site, workers);
		const affected = overcommitted(this.#book.running(), {site, ledger});
		return this.#replace(affected, `${site} has ${workers} workers left`);
	}

	#loseSite(site: string): readonly BrainAction[] {
		this.#book.lostSites.add(site);
		const affected = this.#book.running().filter(({path}) => path.some(({from, to}) => from === site || to === site));
		return this.#replace(affected, `site ${site} was lost`);
	}

	/** Moves the streams that can be placed anew, stops the others, and deals out what that frees. */
	#replace(affected: readonly StreamState[], cause: string): readonly BrainAction[] {
		const book = this.#book;
		const moved = new Map<string, StreamState>();
		const replacements = replaceStreams({
			affected,
			ledger: book.ledger,
			place: ({demand}) => book.place(demand),
			reserve: (state, fit) => moved.set(state.stream, book.allocate(state, fit)),
		});
		const actions = replacements.flatMap(({stream: state, answer}): readonly BrainAction[] => {
			const allocated = moved.get(state.stream);
			if (allocated) {
				return [{kind: 're-place', reason: cause, ...allocationOf(this.#scenario, allocated)}];
			}
			assert(answer.kind === 'misfit');
			book.keep({...state, members: [], running: false});
			const reason = unplaceable(cause, answer);
			return state.members.map(({stream}) => ({kind: 'stop', stream, reason}));
		});
		return [...actions, ...this.#assignRates(book.channelsOf([...affected, ...moved.values()]))];
	}

	/** Gives back what nobody needs any more and deals out what that frees. Requests that had left before are left alone. */
	#end(names: readonly string[], action: (stream: string) => BrainAction): readonly BrainAction[] {
		const left = names.flatMap(name => {
			const change = this.#book.leave(name);
			return change ? {name, change} : [];
		});
		return [
			...left.map(({name}) => action(name)),
			...left.flatMap(({name, change}) => changedResolution(change, `${name} left`)),
			...this.#assignRates(this.#book.channelsOf(left.map(({change}) => change.after))),
		];
	}

	/** New rates on these channels, told to the streams for which they differ. */
	#assignRates(channels: readonly Channel[]): readonly BrainAction[] {
		if (this.#scenario.stack.sharing === 'tcp') {
			return [];
		}
		const changed = new Set<StreamState>();
		for (const channel of channels) {
			for (const [stream, rate] of sharedRates(channel)) {
				const state = this.#book.carrierOf(stream);
				const hop = state.path.findIndex(({link}) => link === channel.link);
				if (state.bitsPerSecond[hop] !== rate) {
					state.bitsPerSecond[hop] = rate;
					changed.add(state);
				}
			}
		}
		return [...changed].map(state => ({kind: 'set-rates', stream: state.stream, rates: ratesOf(state)}));
	}
}

/** Of a stream that somebody joined or left. */
function changedResolution({before, after}: Change, condition: string): readonly BrainAction[] {
	const {stream, resolutionRatio} = after;
	const {resolutionRatio: previousResolutionRatio} = before;
	return resolutionRatio === previousResolutionRatio
		? []
		: [{kind: 'set-resolution', stream, resolutionRatio, previousResolutionRatio, condition}];
}
