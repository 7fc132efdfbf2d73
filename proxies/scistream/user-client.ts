import {status} from '@grpc/grpc-js';
import {StreambedError} from '#core/errors.ts';
import type {Ms, Seconds} from '#core/units.ts';
import {type ControlConnection, refusalStatus} from './control-connection.ts';
import {madeSession} from './made-session.ts';
import type {Role} from './role.ts';

export type SideRequest = {
	readonly connection: ControlConnection;
	readonly uid: string;
	readonly role: Role;
	readonly connectionCount: number;
	/** Limit over all connections, each way; 0: none. */
	readonly rateMegabitsPerSecond: number;
	/** Where its data server connects to: `host:port`. They may come later: the server is asked meanwhile. */
	readonly targets: readonly string[] | Promise<readonly string[]>;
	/** Told its listeners as soon as they are known, before its data server runs. */
	readonly onListeners?: (listeners: readonly string[]) => void;
	readonly signal: AbortSignal;
};

export type SideSetup = {
	readonly uid: string;
	/** Where its data server listens: `host:port`, one for each connection. */
	readonly listeners: readonly string[];
	/** How long each call took; `req` from its start until it was answered, the hello within it. */
	readonly steps: {readonly reqMs: Ms; readonly helloMs: Ms; readonly updateMs: Ms};
};

/**
 * Sets up one side: `req`, which waits at the server; the hello that it waits for; `update`, which starts the data server. When a step
 * fails, the session that this call made, and no other, is released before this rejects, so that nothing of it is left.
 */
export async function setUpSide(side: SideRequest): Promise<SideSetup> {
	const {connection, uid, role, connectionCount, rateMegabitsPerSecond, signal} = side;
	signal.throwIfAborted();
	// Not by the caller's signal: whether the server refused it must be known before anything is released.
	const cancellation = new AbortController();
	const startNs = connection.clock.nowNs();
	const msSince = (fromNs: bigint): Ms => Number(connection.clock.nowNs() - fromNs) / 1e6;
	const request = connection.request(
		{uid, role, num_conn: connectionCount, rate: rateMegabitsPerSecond},
		cancellation.signal,
	);
	let isMade: boolean | undefined;
	let requestError: Error | undefined;
	request.then(
		() => {
			isMade = true;
		},
		(error: Error) => {
			isMade = false;
			requestError = error;
		},
	);
	try {
		const targets = await unlessAborted(Promise.resolve(side.targets), signal);
		const helloMs = await sayHello({connection, uid, targets}, signal, () => requestError);
		const {listeners} = await unlessAborted(request, signal);
		const reqMs = msSince(startNs);
		if (listeners.length < connectionCount) {
			throw new StreambedError(
				'CALL_REFUSED',
				`${connection.name} gave ${listeners.length} listeners where ${connectionCount} were asked for`,
				{hint: 'its ports are used up: an original control server never gets them back'},
			);
		}
		side.onListeners?.(listeners);
		const updateNs = connection.clock.nowNs();
		await connection.update({uid, remote_listeners: targets, role}, signal);
		return {uid, listeners, steps: {reqMs, helloMs, updateMs: msSince(updateNs)}};
	} catch (error) {
		if (await madeSession(connection, () => isMade)) {
			await releaseQuietly(connection, uid);
		}
		cancellation.abort(error);
		throw error;
	}
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
	signal.throwIfAborted();
	const {promise: aborted, reject} = Promise.withResolvers<never>();
	const onAbort = () => reject(signal.reason as Error);
	signal.addEventListener('abort', onAbort, {once: true});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}

/** Says hello as soon as the server knows the uid. Returns how long it took. */
async function sayHello(
	{
		connection,
		uid,
		targets,
	}: {readonly connection: ControlConnection; readonly uid: string; readonly targets: readonly string[]},
	signal: AbortSignal,
	requestError: () => Error | undefined,
): Promise<Ms> {
	const startNs = connection.clock.nowNs();
	const hello = {uid, prod_listeners: targets, role: 'PROD'};
	for (let attempt = 0; ; attempt++) {
		try {
			await connection.hello(hello, signal);
			return Number(connection.clock.nowNs() - startNs) / 1e6;
		} catch (error) {
			const failure = requestError();
			if (failure !== undefined) {
				throw failure;
			}
			const elapsedSeconds = Number(connection.clock.nowNs() - startNs) / 1e9;
			// The hello overtook the `req` that makes the session; an original server calls that UNKNOWN.
			const isEarly = [status.NOT_FOUND, status.UNKNOWN].includes(refusalStatus(error) ?? status.OK);
			if (!isEarly || elapsedSeconds > helloSecondsMax) {
				throw error;
			}
			await connection.clock.sleep(firstPauseSeconds * 2 ** Math.min(attempt, 6), signal);
		}
	}
}

/** For a set-up that failed: what made it fail is the error to tell, not that the server could not be asked to forget it. */
async function releaseQuietly(connection: ControlConnection, uid: string): Promise<void> {
	try {
		await connection.release({uid}, new AbortController().signal);
	} catch {
		// The session was never made, or the server is gone; if not, its lease ends it.
	}
}

const firstPauseSeconds: Seconds = 0.002;
const helloSecondsMax: Seconds = 5;
