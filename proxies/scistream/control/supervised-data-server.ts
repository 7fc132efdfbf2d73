import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {
	DataServer,
	DataServerCounters,
	DataServerFactory,
	DataServerOptions,
} from '../data-servers/data-server.ts';

/** Whether it carries, and if not, why. */
export type Health =
	/** The reason is why it was started again the last time; its connections ended then. */
	| {readonly kind: 'active'; readonly reason?: string}
	| {readonly kind: 'restarting'; readonly reason: string}
	| {readonly kind: 'failed'; readonly reason: string};

/**
 * A data server that comes back when it ends by itself: after 0.1 s, 0.2 s and so on, doubling, at most five times in a row. One that
 * held for a minute begins anew. Its counters go on over restarts; what a process carried after they were last read is lost with it.
 */
export class SupervisedDataServer implements AsyncDisposable {
	readonly #factory: DataServerFactory;
	readonly #options: Omit<DataServerOptions, 'signal'>;
	readonly #clock: Clock;
	readonly #onPids: (pids: readonly number[]) => void;
	readonly #ending = new AbortController();
	#current: DataServer | undefined;
	#health: Health = {kind: 'active'};
	#restartCount = 0;
	#before: DataServerCounters = nothingCarried;
	#last: DataServerCounters = nothingCarried;
	#watching: Promise<void> = Promise.resolve();

	private constructor(factory: DataServerFactory, {onPids, ...options}: SupervisedOptions) {
		this.#factory = factory;
		this.#options = options;
		this.#clock = options.clock;
		this.#onPids = onPids;
	}

	/** Starts it; rejects with what the data server says when it cannot start, and then nothing is left. */
	static async start(
		factory: DataServerFactory,
		{signal, ...options}: SupervisedOptions & {readonly signal: AbortSignal},
	): Promise<SupervisedDataServer> {
		const supervised = new SupervisedDataServer(factory, options);
		const server = await supervised.#start(signal);
		supervised.#watching = supervised.#watch(server);
		return supervised;
	}

	get health(): Health {
		return this.#health;
	}

	/** How often it was started again. */
	get restartCount(): number {
		return this.#restartCount;
	}

	/** Over all its lives. Rejects when the data server cannot tell. */
	async counters(): Promise<DataServerCounters> {
		if (this.#current) {
			this.#last = await this.#current.counters();
		}
		return sum(this.#before, this.#last);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#ending.abort();
		await this.#watching;
		const server = this.#current;
		this.#current = undefined;
		await server?.[Symbol.asyncDispose]();
	}

	async #start(signal: AbortSignal): Promise<DataServer> {
		const server = await this.#factory.start({...this.#options, signal});
		this.#current = server;
		try {
			this.#onPids(server.pids);
		} catch (error) {
			this.#current = undefined;
			await server[Symbol.asyncDispose]();
			throw error;
		}
		return server;
	}

	async #watch(first: DataServer): Promise<void> {
		const {signal} = this.#ending;
		let server: DataServer | undefined = first;
		let inARow = 0;
		while (server) {
			const startNs = this.#clock.nowNs();
			const end = await untilEndOrAbort(server, signal);
			if (!end) {
				return;
			}
			await this.#lay(server);
			const heldSeconds = Number(this.#clock.nowNs() - startNs) / 1e9;
			inARow = heldSeconds >= steadySeconds ? 0 : inARow;
			[server, inARow] = await this.#restart(end.reason, inARow);
		}
	}

	/** Takes down what is left of one that ended. */
	async #lay(server: DataServer): Promise<void> {
		this.#before = {...sum(this.#before, this.#last), connectionsOpen: 0};
		this.#last = nothingCarried;
		this.#current = undefined;
		try {
			await server[Symbol.asyncDispose]();
		} catch {
			// It ended by itself, which is why it is taken down: that it answers no more is no news.
		}
	}

	/** Undefined when it is over: told to end, or failed too often. */
	async #restart(firstReason: string, before: number): Promise<[DataServer | undefined, number]> {
		let reason = firstReason;
		for (let attempt = before; attempt < restartsInARowMax; attempt++) {
			this.#health = {kind: 'restarting', reason};
			try {
				await this.#clock.sleep(firstPauseSeconds * 2 ** attempt, this.#ending.signal);
				const server = await this.#start(this.#ending.signal);
				this.#health = {kind: 'active', reason: firstReason};
				this.#restartCount++;
				return [server, attempt + 1];
			} catch (error) {
				if (this.#ending.signal.aborted) {
					return [undefined, attempt];
				}
				reason = error instanceof Error ? error.message : String(error);
			}
		}
		this.#health = {kind: 'failed', reason};
		return [undefined, before];
	}
}

type SupervisedOptions = Omit<DataServerOptions, 'signal'> & {
	/** Told the processes of each life, before anything else happens. */
	readonly onPids: (pids: readonly number[]) => void;
};

async function untilEndOrAbort(server: DataServer, signal: AbortSignal): Promise<{reason: string} | undefined> {
	const {promise, resolve} = Promise.withResolvers<undefined>();
	const onAbort = () => resolve(undefined);
	signal.addEventListener('abort', onAbort, {once: true});
	try {
		return signal.aborted ? undefined : await Promise.race([server.ended, promise]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}

function sum(a: DataServerCounters, b: DataServerCounters): DataServerCounters {
	const lost = [a.datagramsLost, b.datagramsLost].filter(count => count !== undefined);
	const lastRefusal = b.lastRefusal ?? a.lastRefusal;
	return {
		bytesForward: a.bytesForward + b.bytesForward,
		bytesBackward: a.bytesBackward + b.bytesBackward,
		connectionsOpen: a.connectionsOpen + b.connectionsOpen,
		connectionsTotal: a.connectionsTotal + b.connectionsTotal,
		...(lost.length === 0 ? {} : {datagramsLost: lost.reduce((one, other) => one + other)}),
		refusedCount: (a.refusedCount ?? 0) + (b.refusedCount ?? 0),
		...(lastRefusal === undefined ? {} : {lastRefusal}),
	};
}

const nothingCarried: DataServerCounters = {
	bytesForward: 0,
	bytesBackward: 0,
	connectionsOpen: 0,
	connectionsTotal: 0,
};

const firstPauseSeconds: Seconds = 0.1;
const steadySeconds: Seconds = 60;
const restartsInARowMax = 5;
