import type {Clock} from '#core/clock.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';
import type {WireStatus} from '../control-protocol.ts';
import type {DataServerCounters, DataServerFactory} from '../data-servers/data-server.ts';
import {type Endpoint, formatEndpoint} from '../endpoint.ts';
import {CallRefusal} from './call-refusal.ts';
import type {SessionRequest} from './check-messages.ts';
import {RecentRate} from './recent-rate.ts';
import type {SessionFolder} from './session-folders.ts';
import {type SiteCredentials, sessionCredentials} from './site-credentials.ts';
import {SupervisedDataServer} from './supervised-data-server.ts';

/** What a session is made of. */
export type SessionParts = {
	readonly request: SessionRequest;
	/** The identity that made it. */
	readonly owner: string;
	readonly factory: DataServerFactory;
	/** Where its data server listens, one for each connection. */
	readonly listenAt: readonly Endpoint[];
	/** The same as callers are told. */
	readonly listeners: readonly string[];
	readonly folder: SessionFolder;
	readonly credentials: SiteCredentials | undefined;
	readonly setupSeconds: Seconds;
	readonly leaseSeconds: Seconds;
	readonly clock: Clock;
};

/**
 * One stream at one gateway, from its `req` to its release. Until its data server runs, it lives for `setupSeconds` after each call;
 * from then on for `leaseSeconds` after the last call or byte, and for as long as a connection is open.
 */
export class Session implements AsyncDisposable {
	readonly parts: SessionParts;
	readonly #hello = Promise.withResolvers<void>();
	readonly #ending = new AbortController();
	#stage: 'pending' | 'ready' | 'starting' | 'active' = 'pending';
	#prodListeners: readonly string[] = [];
	#targets: readonly Endpoint[] = [];
	#dataServer: SupervisedDataServer | undefined;
	#starting: Promise<unknown> = Promise.resolve();
	#renewedNs: MonotonicNs;
	#bytesAtRenewal = 0;
	#rate: RecentRate;
	#ended: Promise<void> | undefined;

	constructor(parts: SessionParts) {
		this.parts = parts;
		this.#renewedNs = parts.clock.nowNs();
		this.#rate = new RecentRate({atNs: this.#renewedNs, forwardBytes: 0, backwardBytes: 0});
		this.#hello.promise.catch(() => {});
	}

	get prodListeners(): readonly string[] {
		return this.#prodListeners;
	}

	/** Resolves when the hello has come; rejects with a refusal when the session ends before. */
	get helloed(): Promise<void> {
		return this.#hello.promise;
	}

	/** Whether it is being taken down; nothing may be asked of it then. */
	get isEnding(): boolean {
		return this.#ending.signal.aborted;
	}

	/** The same hello again is answered as the first; another one is refused. */
	hello(prodListeners: readonly string[]): void {
		if (this.#stage !== 'pending' && !same(prodListeners, this.#prodListeners)) {
			throw new CallRefusal('FAILED_PRECONDITION', 'the session has had its hello, with other listeners');
		}
		this.#prodListeners = prodListeners;
		this.#stage = this.#stage === 'pending' ? 'ready' : this.#stage;
		this.#renew();
		this.#hello.resolve();
	}

	/**
	 * Starts the data server; connection i goes to target i, or to i modulo the targets where they are fewer. The same update again is
	 * answered as the first. A data server that cannot start leaves the session as it was.
	 */
	async update(targets: readonly Endpoint[]): Promise<void> {
		if (this.#stage === 'active' && same(targets.map(formatEndpoint), this.#targets.map(formatEndpoint))) {
			return;
		}
		if (this.#stage !== 'ready') {
			throw new CallRefusal('FAILED_PRECONDITION', updateComplaints[this.#stage]);
		}
		this.#stage = 'starting';
		const start = this.#start(targets);
		this.#starting = start.catch(() => {});
		try {
			this.#dataServer = await start;
			this.#targets = targets;
			this.#stage = 'active';
			this.#rate = new RecentRate({atNs: this.parts.clock.nowNs(), forwardBytes: 0, backwardBytes: 0});
			this.#renew();
		} catch (error) {
			this.#stage = 'ready';
			throw this.#ending.signal.aborted ? new CallRefusal('CANCELLED', 'the session ended meanwhile') : error;
		}
	}

	/** Seconds until the session ends, if nothing happens. */
	get leaseSecondsLeft(): Seconds {
		const {clock, leaseSeconds, setupSeconds} = this.parts;
		const wholeSeconds = this.#stage === 'active' ? leaseSeconds : setupSeconds;
		return wholeSeconds - Number(clock.nowNs() - this.#renewedNs) / 1e9;
	}

	/** Whether the lease is over: it is renewed first when something was carried, or a connection stands. */
	async isOver(): Promise<boolean> {
		if (this.leaseSecondsLeft > 0) {
			return false;
		}
		const counters = await this.#dataServer?.counters().catch(() => undefined);
		const bytes = counters === undefined ? 0 : counters.bytesForward + counters.bytesBackward;
		if (counters && (counters.connectionsOpen > 0 || bytes > this.#bytesAtRenewal)) {
			this.#bytesAtRenewal = bytes;
			this.#renew();
		}
		return this.leaseSecondsLeft <= 0;
	}

	async status(): Promise<WireStatus> {
		const {request, factory, listeners} = this.parts;
		const counts = await this.#counts();
		const health = this.#dataServer?.health ?? {kind: this.#stage};
		return {
			uid: request.uid,
			role: request.role,
			state: health.kind,
			reason: ('reason' in health && health.reason) || '',
			data_server: factory.kind,
			listeners,
			prod_listeners: this.#prodListeners,
			targets: this.#targets.slice(0, listeners.length).map(formatEndpoint),
			unused_targets: this.#targets.slice(listeners.length).map(formatEndpoint),
			limit_bits_per_second: request.bitsPerSecond ?? 0,
			restarts: this.#dataServer?.restartCount ?? 0,
			lease_seconds: Math.max(0, this.leaseSecondsLeft),
			last_refusal: '',
			...counts,
		};
	}

	/** What is counted; nothing where the data server cannot tell, which is not the same as 0. */
	async #counts(): Promise<Partial<WireStatus>> {
		let counters: DataServerCounters | undefined;
		try {
			counters = await this.#dataServer?.counters();
		} catch {
			return {};
		}
		const [forwardBytes, backwardBytes] = [counters?.bytesForward ?? 0, counters?.bytesBackward ?? 0];
		const rates = this.#rate.read({atNs: this.parts.clock.nowNs(), forwardBytes, backwardBytes});
		return {
			forward_bytes: forwardBytes,
			backward_bytes: backwardBytes,
			forward_bits_per_second: rates.forwardBitsPerSecond,
			backward_bits_per_second: rates.backwardBitsPerSecond,
			connections_open: counters?.connectionsOpen ?? 0,
			connections_total: counters?.connectionsTotal ?? 0,
			connections_refused: counters?.refusedCount ?? 0,
			last_refusal: counters?.lastRefusal ?? '',
		};
	}

	/** Ends it with what it started and wrote; a `req` that still waits is refused with `reason`. */
	end(reason: CallRefusal): Promise<void> {
		this.#ended ??= this.#end(reason);
		return this.#ended;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.end(new CallRefusal('UNAVAILABLE', 'the control server ends'));
	}

	async #end(reason: CallRefusal): Promise<void> {
		this.#hello.reject(reason);
		this.#ending.abort();
		using _folder = this.parts.folder;
		await this.#starting;
		await this.#dataServer?.[Symbol.asyncDispose]();
	}

	async #start(targets: readonly Endpoint[]): Promise<SupervisedDataServer> {
		const {request, factory, listenAt, folder, credentials, clock} = this.parts;
		return SupervisedDataServer.start(factory, {
			side: request.role === 'PROD' ? 'inbound' : 'outbound',
			routes: listenAt.map((listen, index) => ({listen, target: targets[index % targets.length] as Endpoint})),
			...(request.bitsPerSecond === undefined ? {} : {bitsPerSecond: request.bitsPerSecond}),
			...(credentials && {
				credentials: sessionCredentials(credentials, {uid: request.uid, folder: folder.dataFolder}),
			}),
			folder: folder.dataFolder,
			signal: this.#ending.signal,
			clock,
			onPids: pids => folder.recordProcesses(pids),
		});
	}

	#renew(): void {
		this.#renewedNs = this.parts.clock.nowNs();
	}
}

const updateComplaints = {
	pending: 'the session has had no hello yet',
	starting: 'another update of the session is under way',
	active: 'the session carries to other targets: release it, and ask for a new one',
} as const;

const same = (a: readonly string[], b: readonly string[]): boolean =>
	a.length === b.length && a.every((text, index) => text === b[index]);
