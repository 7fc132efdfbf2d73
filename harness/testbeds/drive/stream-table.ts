import assert from 'node:assert/strict';
import type {StreamPlan} from '#core/control/messages.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {Acceptance, Allocation, BrainAction, LinkRate, Move, PlannedRequest} from '#proxies/runtime/messages.ts';
import type {Brokers} from '../brokers/brokers.ts';
import type {Deployment} from '../testbed.ts';
import type {Tunnels} from '../tunnels/tunnels.ts';
import {acceptedRecord, rejectedRecord, replacedRecord} from './allocation-records.ts';
import {MovedChunks} from './federation/moved-chunks.ts';
import {Forks, type Span} from './forks.ts';
import {ratesIn} from './rates-in.ts';
import {StreamOutbox} from './stream-outbox.ts';
import {type Leg, legRates, legsOf, sitePlans, type TunnelEnds} from './stream-plans.ts';

type Stream = {
	legs: readonly Leg[];
	/** The site of its first stage, where its resolution is set. */
	reducer: string | undefined;
	readonly sends: Exclude<StreamPlan['sends'], undefined>;
	state: 'running' | 'completed' | 'stopped';
	sent: boolean;
};

/** The streams of a variant as the programs know them: carries out the brain's actions and records them. */
export class StreamTable {
	readonly #scenario: Scenario;
	readonly #deployment: Deployment;
	readonly #brokers: Brokers | undefined;
	readonly #tunnels: Tunnels | undefined;
	readonly #outbox: StreamOutbox;
	readonly #emit: (record: RecordBody) => void;
	readonly #requests: ReadonlyMap<string, PlannedRequest>;
	readonly #streams = new Map<string, Stream>();
	/** The programs on every way that a stream was given, by its index. */
	readonly #ways = new Map<number, readonly string[]>();
	/** Which chunks are lost where streams move. */
	readonly moved = new MovedChunks();
	/** Which requests share which stream. */
	readonly forks: Forks;

	constructor({
		scenario,
		deployment,
		brokers,
		tunnels,
		requests,
		emit,
		onError,
	}: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly brokers: Brokers | undefined;
		readonly tunnels?: Tunnels | undefined;
		readonly requests: readonly PlannedRequest[];
		readonly emit: (record: RecordBody) => void;
		/** A stream could not be opened. */
		readonly onError: (error: unknown) => void;
	}) {
		this.#scenario = scenario;
		this.#deployment = deployment;
		this.#brokers = brokers;
		this.#tunnels = tunnels;
		this.#outbox = new StreamOutbox({deployment, onError});
		this.#emit = emit;
		this.forks = new Forks(scenario);
		this.#requests = new Map(requests.map(request => [request.request, request]));
	}

	/** Returns the streams that it opened, with the scenario second at which their user leaves. */
	carryOut(
		actions: readonly BrainAction[],
		t: Seconds,
	): ReadonlyArray<{readonly stream: string; readonly endSeconds: Seconds}> {
		const opened: Array<{stream: string; endSeconds: Seconds}> = [];
		for (const action of actions) {
			switch (action.kind) {
				case 'accept':
					opened.push({stream: action.stream, endSeconds: this.#open(action, ratesIn(actions, action.stream), t)});
					break;
				case 're-place':
					this.#move(action, ratesIn(actions, action.stream), t);
					break;
				case 'reject':
					this.#emit(rejectedRecord(action, this.#request(action.request), t));
					break;
				case 'set-rates':
					this.#setRates(action.stream, action.rates, t);
					break;
				case 'set-resolution': {
					const {kind: _, ...change} = action;
					const {reducer} = this.#stream(action.stream);
					if (reducer !== undefined) {
						const {stream, resolutionRatio} = action;
						this.#outbox.send(stream, reducer, {kind: 'set-resolution', stream, resolutionRatio});
					}
					for (const stream of this.forks.carriedBy(action.stream)) {
						this.#emit({kind: 'stream.resolution', t, ...change, stream});
					}
					break;
				}
				case 'stop':
					this.#end(this.forks.end(action.stream, {state: 'stopped', t}), 'stopped');
					this.#emit({kind: 'stream.stopped', t, stream: action.stream, reason: action.reason});
					break;
				case 'complete':
					this.#end(this.forks.end(action.stream, {state: 'completed', t}), 'completed');
					this.#emit({kind: 'stream.completed', t, stream: action.stream});
					break;
				default:
					action satisfies never;
			}
		}
		return opened;
	}

	/** The sites whose programs are on a way; `undefined` for one that no stream was given, as the warm-up's. */
	wayOf(streamIndex: number): readonly string[] | undefined {
		return this.#ways.get(streamIndex);
	}

	isRunning(stream: string): boolean {
		return this.#stream(stream).state === 'running';
	}

	isStopped(stream: string): boolean {
		return this.#stream(stream).state === 'stopped';
	}

	sent(stream: string): void {
		const known = this.#streams.get(stream);
		if (known) {
			known.sent = true;
		}
	}

	/** Whether nothing more will be produced. A stopped stream counts: its producer was told to close it. */
	allSent(): boolean {
		return [...this.#streams.values()].every(({sent, state}) => sent || state === 'stopped');
	}

	/** Returns the scenario second at which the user leaves. */
	#open(acceptance: Acceptance, rates: readonly LinkRate[], t: Seconds): Seconds {
		const {stream, carrier, resolutionRatio} = acceptance;
		const request = this.#request(acceptance.request);
		const {minimumResolutionRatio} = request;
		const {endSeconds} =
			carrier === undefined ? this.#begin(acceptance, request, rates) : this.forks.join(stream, request, carrier);
		this.#emit(acceptedRecord(acceptance, request, t));
		this.#emit({kind: 'stream.started', t, stream, minimumResolutionRatio, resolutionRatio});
		return endSeconds;
	}

	/** Opens a stream for its first request at all its sites, and says how long that lasts. */
	#begin(allocation: Allocation, request: PlannedRequest, rates: readonly LinkRate[]): Span {
		const {stream, path, placement} = allocation;
		const {topology, workload} = this.#scenario;
		const legs = legsOf(path, topology.sites);
		const spans = this.forks.begin(stream, request);
		const {firstSeconds: firstPlannedSeconds, endSeconds} = spans.sent;
		const sends = {firstPlannedSeconds, everySeconds: workload.chunk.everySeconds, endSeconds};
		this.#streams.set(stream, {legs, reducer: placement[0]?.site, sends, state: 'running', sent: false});
		this.#openAt({allocation, legs, rates, sends});
		return spans.request;
	}

	/** Ends a stream that nobody needs any more. */
	#end(stream: string | undefined, state: 'completed' | 'stopped'): void {
		if (stream !== undefined) {
			this.#stream(stream).state = state;
			this.#sendToAll(stream, state === 'stopped' ? 'close-stream' : 'end-stream');
		}
	}

	/** Closes a stream at all its sites and opens it on its new way; the producer goes on with the first chunk that had not left. */
	#move(move: Move, rates: readonly LinkRate[], t: Seconds): void {
		const {stream, placement} = move;
		const known = this.#stream(stream);
		this.#sendToAll(stream, 'close-stream');
		known.legs = legsOf(move.path, this.#scenario.topology.sites);
		known.reducer = placement[0]?.site;
		this.#openAt({allocation: move, legs: known.legs, rates, sends: {...known.sends, resume: true}});
		for (const carried of this.forks.carriedBy(stream)) {
			this.#emit(replacedRecord({...move, stream: carried}, t));
		}
	}

	#openAt({
		allocation,
		legs,
		rates,
		sends,
	}: {
		readonly allocation: Allocation;
		readonly legs: readonly Leg[];
		readonly rates: readonly LinkRate[];
		readonly sends: Stream['sends'];
	}): void {
		const {stream, subscriptions, streamIndex} = allocation;
		if (this.#brokers) {
			this.#outbox.hold(stream, this.#brokers.makeTopics(subscriptions));
		}
		this.#ways.set(
			streamIndex,
			legs.flatMap(({from, to}) => [from, to]),
		);
		this.moved.opening(stream, {producer: legs[0]?.from ?? '', consumer: legs.at(-1)?.to ?? ''});
		const endpoint = this.#deployment.endpoint.bind(this.#deployment);
		const plansOf = (tunnel?: TunnelEnds) =>
			sitePlans({
				acceptance: allocation,
				legs,
				rates: legRates(legs, rates),
				sends,
				endpoint,
				topics: this.#brokers?.endpoints(subscriptions),
				tunnel,
			});
		const leg = this.#tunnels?.crossingLeg(legs);
		if (this.#tunnels && leg) {
			const listens = this.#tunnels.listenEndpoint(leg.from, streamIndex);
			this.#outbox.hold(stream, this.#openAcross(this.#tunnels, {stream, sender: leg.from, listens, plansOf}));
			return;
		}
		for (const {site, plan} of plansOf()) {
			this.#outbox.send(stream, site, {kind: 'open-stream', plan});
		}
	}

	/** The sender listens first, then the tunnel leads to it, then its receiver connects. */
	async #openAcross(
		tunnels: Tunnels,
		{
			stream,
			sender,
			listens,
			plansOf,
		}: {
			readonly stream: string;
			readonly sender: string;
			readonly listens: string;
			readonly plansOf: (tunnel: TunnelEnds) => ReturnType<typeof sitePlans>;
		},
	): Promise<void> {
		const send = (isWanted: (site: string) => boolean, leadsTo: string) => {
			for (const {site, plan} of plansOf({sender, listens, leadsTo}).filter(one => isWanted(one.site))) {
				this.#deployment.send(site, {kind: 'open-stream', plan});
			}
		};
		send(site => site === sender, '');
		const leadsTo = await tunnels.open({stream, sender, listens});
		send(site => site !== sender, leadsTo);
	}

	#setRates(stream: string, rates: readonly LinkRate[], t: Seconds): void {
		for (const [site, bitsPerSecond] of legRates(this.#stream(stream).legs, rates)) {
			this.#outbox.send(stream, site, {kind: 'set-rate', stream, bitsPerSecond});
		}
		this.#emit({kind: 'stream.rates', t, stream, rates: [...rates]});
	}

	#sendToAll(stream: string, kind: 'close-stream' | 'end-stream'): void {
		const {legs} = this.#stream(stream);
		const producer = legs[0]?.from;
		const sites = kind === 'end-stream' ? [producer] : [producer, ...legs.map(({to}) => to)];
		for (const site of sites) {
			if (site !== undefined) {
				this.#outbox.send(stream, site, {kind, stream});
			}
		}
	}

	#stream(stream: string): Stream {
		const known = this.#streams.get(stream);
		assert(known, `a program or the brain named the stream ${stream}, which was never opened`);
		return known;
	}

	#request(request: string): PlannedRequest {
		const planned = this.#requests.get(request);
		assert(planned, `the brain answered for ${request}, which is not in the load plan`);
		return planned;
	}
}
