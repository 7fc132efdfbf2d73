import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {WireList, WireResponse, WireStatus} from '../control-protocol.ts';
import type {DataServerFactory} from '../data-servers/data-server.ts';
import {type Endpoint, formatEndpoint} from '../endpoint.ts';
import type {Role} from '../role.ts';
import {CallRefusal} from './call-refusal.ts';
import type {SessionRequest} from './check-messages.ts';
import {PortPool, type PortRange} from './port-pool.ts';
import {Session} from './session.ts';
import type {SessionFolders} from './session-folders.ts';
import type {SiteCredentials} from './site-credentials.ts';

/** Who calls, and the signal that fires when they no longer wait for an answer. */
export type Caller = {readonly identity: string; readonly gone: AbortSignal};

export type SessionBookOptions = {
	/** Where data servers listen. */
	readonly dataHost: string;
	/** What callers are told instead, where it differs. */
	readonly advertisedHost?: string;
	readonly dataPorts: PortRange;
	readonly factory: DataServerFactory;
	readonly credentials?: SiteCredentials;
	readonly folders: SessionFolders;
	readonly sessionCountMax: number;
	/** How long a `req` waits for its hello, and a session for its update. */
	readonly setupSeconds: Seconds;
	readonly leaseSeconds: Seconds;
	readonly clock: Clock;
	/** Told of sessions that end without being released. */
	readonly onEnd: (uid: string, reason: string) => void;
};

/**
 * The sessions of a control server. Each call is carried out whole or, with a `CallRefusal` or an error of the data server, not at all.
 * A session is its owner's: nobody else may say hello to it, update, release or see it.
 */
export class SessionBook implements AsyncDisposable {
	readonly #options: SessionBookOptions;
	readonly #ports: PortPool;
	/** Undefined while a session is being made. */
	readonly #sessions = new Map<string, Session | undefined>();
	readonly #endings = new Set<Promise<void>>();
	readonly #stopSweeping: () => void;
	#sweeping: Promise<void> | undefined;
	#isOver = false;

	constructor(options: SessionBookOptions) {
		this.#options = options;
		this.#ports = new PortPool({host: options.dataHost, range: options.dataPorts});
		const sweepSeconds = Math.min(1, options.setupSeconds / 4, options.leaseSeconds / 4);
		this.#stopSweeping = options.clock.every(sweepSeconds, () => {
			this.#sweeping ??= this.#sweep().finally(() => {
				this.#sweeping = undefined;
			});
		});
	}

	/** Makes a session and waits for its hello. */
	async request(request: SessionRequest, {identity, gone}: Caller): Promise<WireResponse> {
		const session = await this.#make(request, identity);
		const onGone = () => {
			void this.#drop(session, new CallRefusal('CANCELLED', 'the caller went before a hello came'));
		};
		gone.addEventListener('abort', onGone, {once: true});
		if (gone.aborted) {
			onGone();
		}
		try {
			await session.helloed;
			return {listeners: session.parts.listeners, prod_listeners: session.prodListeners};
		} finally {
			gone.removeEventListener('abort', onGone);
		}
	}

	hello(uid: string, prodListeners: readonly string[], {identity}: Caller): readonly string[] {
		const session = this.#find(uid, identity);
		session.hello(prodListeners);
		return session.parts.listeners;
	}

	async update(
		{uid, role, targets}: {readonly uid: string; readonly role: Role; readonly targets: readonly Endpoint[]},
		{identity}: Caller,
	): Promise<WireResponse> {
		const session = this.#find(uid, identity);
		if (session.parts.request.role !== role) {
			throw new CallRefusal('INVALID_ARGUMENT', `role: the session's is ${session.parts.request.role}, not ${role}`);
		}
		await session.update(targets);
		return {listeners: session.parts.listeners, prod_listeners: session.prodListeners};
	}

	/** Resolves when nothing of the session is left. */
	async release(uid: string, {identity}: Caller): Promise<WireResponse> {
		const session = this.#find(uid, identity);
		await this.#drop(session, new CallRefusal('CANCELLED', 'the session was released before a hello came'));
		return {listeners: [], prod_listeners: []};
	}

	status(uid: string, {identity}: Caller): Promise<WireStatus> {
		return this.#find(uid, identity).status();
	}

	/** The caller's own sessions. */
	async list({identity}: Caller): Promise<WireList> {
		const own = this.#all().filter(({parts}) => parts.owner === identity);
		return {
			sessions: await Promise.all(own.map(session => session.status())),
			data_server: this.#options.factory.kind,
			free_ports: this.#ports.freeCount,
		};
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isOver = true;
		this.#stopSweeping();
		await this.#sweeping;
		await Promise.all(this.#all().map(session => this.#drop(session, serverEnds())));
		await Promise.all(this.#endings);
	}

	async #make(request: SessionRequest, owner: string): Promise<Session> {
		const {uid} = request;
		const {sessionCountMax, factory, folders, dataHost, advertisedHost = dataHost} = this.#options;
		if (this.#sessions.has(uid)) {
			throw new CallRefusal('ALREADY_EXISTS', `a session with the uid ${uid} is there already`);
		}
		if (this.#sessions.size >= sessionCountMax) {
			throw new CallRefusal('RESOURCE_EXHAUSTED', `this server holds ${sessionCountMax} sessions, and no more`);
		}
		this.#sessions.set(uid, undefined);
		let ports: readonly number[] = [];
		try {
			await factory.check();
			ports = await this.#ports.take(request.connectionCount);
			if (this.#isOver) {
				throw serverEnds();
			}
			const session = new Session({
				...this.#options,
				request,
				owner,
				credentials: this.#options.credentials,
				listenAt: ports.map(port => ({host: dataHost, port})),
				listeners: ports.map(port => formatEndpoint({host: advertisedHost, port})),
				folder: folders.make(uid),
			});
			this.#sessions.set(uid, session);
			return session;
		} catch (error) {
			this.#sessions.delete(uid);
			this.#ports.giveBack(ports);
			throw error;
		}
	}

	#find(uid: string, identity: string): Session {
		const session = this.#sessions.get(uid);
		if (!session || session.isEnding) {
			throw new CallRefusal('NOT_FOUND', `no session has the uid ${uid}`);
		}
		if (session.parts.owner !== identity) {
			throw new CallRefusal('PERMISSION_DENIED', `the session ${uid} is not ${identity}'s`);
		}
		return session;
	}

	/** Ends a session; its uid and ports are free again when nothing of it is left. */
	#drop(session: Session, reason: CallRefusal): Promise<void> {
		const ending = session.end(reason).finally(() => {
			if (this.#sessions.get(session.parts.request.uid) === session) {
				this.#sessions.delete(session.parts.request.uid);
				this.#ports.giveBack(session.parts.listenAt.map(({port}) => port));
			}
			this.#endings.delete(ending);
		});
		this.#endings.add(ending);
		ending.catch((error: unknown) => this.#options.onEnd(session.parts.request.uid, `not in order: ${error}`));
		return ending;
	}

	async #sweep(): Promise<void> {
		for (const session of this.#all()) {
			if (await session.isOver()) {
				const {uid} = session.parts.request;
				this.#options.onEnd(uid, 'nothing happened for as long as its lease');
				void this.#drop(session, new CallRefusal('DEADLINE_EXCEEDED', noHello(this.#options.setupSeconds)));
			}
		}
	}

	#all(): readonly Session[] {
		return [...this.#sessions.values()].filter(session => session !== undefined);
	}
}

const serverEnds = () => new CallRefusal('UNAVAILABLE', 'the control server ends');

const noHello = (seconds: Seconds): string => `no hello came for the session within ${seconds} s`;
