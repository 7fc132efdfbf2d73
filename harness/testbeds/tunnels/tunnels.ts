import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {SessionEvent} from '#core/control/tunnel-messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {type Crossing, crossing} from '#core/scenario/tunnel-crossing.ts';
import type {Tunnel} from '#core/scenario/tunnel-schema.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';
import type {Leg} from '../drive/stream-plans.ts';
import type {Deployment} from '../testbed.ts';
import {tunnelCredentials} from './tunnel-credentials.ts';
import {userClientProgram} from './tunnel-programs.ts';

type TunnelsOptions = {
	readonly scenario: Scenario;
	readonly deployment: Pick<Deployment, 'send' | 'tunnelPlace'>;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

type Owner = {readonly name: string; readonly token: string};
type SessionRecord = Extract<RecordBody, {kind: `session.${string}`}>;
type UntimedSession = SessionRecord extends infer One ? (One extends SessionRecord ? Omit<One, 't'> : never) : never;

/** The sessions that carry a scenario's streams across its two gateways. */
export class Tunnels {
	readonly #options: TunnelsOptions;
	readonly #tunnel: Tunnel;
	readonly #ends: Crossing;
	readonly #consumer: string;
	readonly #owners: readonly Owner[];
	readonly #ownerOf = new Map<string, Owner>();
	readonly #waiting = new Map<string, PromiseWithResolvers<NodeEvent>>();
	#onRecord: (record: UntimedSession) => void = () => {};

	private constructor(options: TunnelsOptions, tunnel: Tunnel) {
		const {topology, workload} = options.scenario;
		const ends = crossing(options.scenario);
		assert(ends, 'a checked scenario with a tunnel has its gateways on the way');
		this.#options = options;
		this.#tunnel = tunnel;
		this.#ends = ends;
		this.#consumer = Object.keys(topology.sites).find(site => topology.sites[site]?.role === 'consumer') ?? '';
		const streamCount = workload.replay?.length ?? workload.requests.reduce((sum, {count}) => sum + count, 0);
		const ownerCount = tunnel.owners === 'one' ? 1 : streamCount;
		this.#owners = Array.from({length: ownerCount}, (_, index) => ({
			name: `owner-${index + 1}`,
			token: randomBytes(24).toString('hex'),
		}));
	}

	/** Nothing where streams cross no gateways. */
	static of(options: TunnelsOptions): Tunnels | undefined {
		const {tunnel} = options.scenario.stack;
		return tunnel && new Tunnels(options, tunnel);
	}

	/** The programs that answer `set-up`. */
	get programs(): readonly string[] {
		return [this.#ends.inbound, this.#ends.outbound, userClientProgram(this.#consumer)];
	}

	async setUp(): Promise<void> {
		const {deployment, scenario} = this.#options;
		const {controlPort, dataPorts, dataServer} = this.#tunnel;
		const credentials = await tunnelCredentials(this.#tunnel);
		for (const side of ['inbound', 'outbound'] as const) {
			const site = this.#ends[side];
			const own = credentials[side];
			const setup = {site, ...this.#place(site), controlPort, dataPorts, dataServer, tokens: this.#owners};
			deployment.send(site, {
				kind: 'setup-gateway',
				setup: {...setup, timeScale: scenario.timeScale, ...(own && {credentials: own})},
			});
		}
		const control = (site: string) => `${this.#place(site).host}:${controlPort}`;
		const {inbound, outbound} = this.#ends;
		const {callSeconds} = this.#limits;
		const setup = {site: this.#consumer, inbound: control(inbound), outbound: control(outbound), callSeconds};
		deployment.send(userClientProgram(this.#consumer), {kind: 'setup-client', setup});
	}

	startClock(startNs: MonotonicNs): void {
		for (const site of [this.#ends.inbound, this.#ends.outbound]) {
			this.#options.deployment.send(site, {kind: 'start-clock', startNs: String(startNs)});
		}
	}

	/** One listener: what becomes of sessions. */
	listen(onRecord: (record: UntimedSession) => void): void {
		this.#onRecord = onRecord;
	}

	/** Whether an event was for this alone. */
	hear(site: string, event: NodeEvent): boolean {
		switch (event.kind) {
			case 'stream-opened':
				this.#waiting.get(openedKey(site, event.stream))?.resolve(event);
				return false;
			case 'session-opened':
			case 'session-closed':
			case 'session-refused':
				this.#record(event);
				this.#waiting.get(event.stream)?.resolve(event);
				return true;
			default:
				return false;
		}
	}

	/** The leg of a stream that crosses both gateways. */
	crossingLeg(legs: readonly Leg[]): Leg | undefined {
		const {links} = this.#options.scenario.topology;
		const touches = (leg: Leg, gateway: string) =>
			links.some(({name, between}) => leg.links.includes(name) && between.includes(gateway));
		return legs.find(leg => touches(leg, this.#ends.inbound) && touches(leg, this.#ends.outbound));
	}

	/** Where the sender of a stream listens for who takes its chunks. */
	listenEndpoint(site: string, streamIndex: number): string {
		return `tcp://${this.#place(site).host}:${firstTargetPort + (streamIndex % targetPortCount)}`;
	}

	/**
	 * Carries a stream across: waits until its sender listens, and sets up its session meanwhile. Resolves with where its receiver connects to.
	 * Rejects with DATA_SERVER_FAILED and why its server refused the session, or with TIMED_OUT.
	 */
	async open({
		stream,
		sender,
		listens,
	}: {
		readonly stream: string;
		/** The site whose program listens, and where. */
		readonly sender: string;
		readonly listens: string;
	}): Promise<string> {
		const opened = this.#answer(openedKey(sender, stream));
		if (this.#tunnel.dataServer === 'direct') {
			await opened;
			return listens;
		}
		const owner = this.#owners[this.#ownerOf.size % this.#owners.length] as Owner;
		this.#ownerOf.set(stream, owner);
		const session = this.#answer(stream);
		this.#options.deployment.send(userClientProgram(this.#consumer), {
			kind: 'open-session',
			stream,
			token: owner.token,
			target: listens.replace('tcp://', ''),
		});
		const [answer] = await Promise.all([session, opened]);
		if (answer.kind !== 'session-opened') {
			const said = answer.kind === 'session-refused' ? answer.message : answer.kind;
			throw new StreambedError('DATA_SERVER_FAILED', `no session for ${stream}: ${said}`);
		}
		return `tcp://${answer.outboundListener}`;
	}

	/** Ends the sessions that are open, each with the record of what it carried. */
	async closeAll(): Promise<void> {
		const streams = [...this.#ownerOf.keys()];
		const answers = streams.map(stream => this.#answer(stream));
		for (const stream of streams) {
			this.#options.deployment.send(userClientProgram(this.#consumer), {kind: 'close-session', stream});
		}
		await Promise.all(answers);
	}

	#record(event: SessionEvent): void {
		const owner = this.#ownerOf.get(event.stream)?.name ?? '';
		switch (event.kind) {
			case 'session-opened': {
				const {kind: _, steps, ...session} = event;
				this.#onRecord({kind: 'session.opened', owner, ...session, ...steps});
				return;
			}
			case 'session-closed': {
				const {kind: _, ...session} = event;
				this.#onRecord({kind: 'session.closed', owner, ...session});
				return;
			}
			case 'session-refused':
				this.#onRecord({kind: 'session.refused', owner, stream: event.stream, message: event.message});
				return;
			default:
				event satisfies never;
		}
	}

	async #answer(key: string): Promise<NodeEvent> {
		const {clock, signal} = this.#options;
		const waiting = Promise.withResolvers<NodeEvent>();
		this.#waiting.set(key, waiting);
		const {answerSeconds} = this.#limits;
		const cancel = clock.after(answerSeconds, () =>
			waiting.reject(new StreambedError('TIMED_OUT', `no word of ${key} within ${answerSeconds} s`)),
		);
		try {
			return await Promise.race([waiting.promise, abortion(signal)]);
		} finally {
			cancel();
			this.#waiting.delete(key);
		}
	}

	get #limits(): Limits {
		return this.#tunnel.image === undefined ? processLimits : containerLimits;
	}

	#place(site: string) {
		const {deployment} = this.#options;
		if (!deployment.tunnelPlace) {
			throw new StreambedError('KERNEL_LACKS', 'this testbed has no gateways for stack.tunnel', {
				hint: 'run it on namespaces, docker or swarm',
			});
		}
		return deployment.tunnelPlace(site);
	}
}

const openedKey = (site: string, stream: string): string => `${stream} at ${site}`;

/** How long a call of the user client may take, and all of a session's. Real time. */
type Limits = {readonly callSeconds: Seconds; readonly answerSeconds: Seconds};

/** A session takes some round trips and the start of two programs. */
const processLimits: Limits = {callSeconds: 5, answerSeconds: 20};
/** An engine starts some containers a second: those of fifty sessions that begin at once have a minute. */
const containerLimits: Limits = {callSeconds: 60, answerSeconds: 75};

/** Where senders listen, one port a stream, above the port that sites listen at. */
const firstTargetPort = 5601;
const targetPortCount = 20_000;
