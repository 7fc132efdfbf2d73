import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import {endProcess} from '#core/processes.ts';
import type {Seconds} from '#core/units.ts';
import type {DataServerKind} from './data-server.ts';
import {type ListenPlace, listensAtAll} from './listening.ts';
import {parentBound} from './parent-bound.ts';
import {Turns} from './turns.ts';

/** A proxy of others, running in the foreground. Disposing of it ends it: TERM, then KILL. */
export type ProgramServer = AsyncDisposable & {
	readonly pid: number;
	readonly ended: Promise<{readonly reason: string}>;
};

/**
 * Starts a proxy when those before it listen or have had their time, and waits until it listens. All that it says is read, whether or not anybody wants it: a full pipe
 * would stop it. Rejects with DATA_SERVER_FAILED and what it said when it ends or does not listen in time.
 */
export async function startProgram({
	kind,
	command,
	places,
	onLine = () => {},
	clock,
	signal,
}: {
	readonly kind: DataServerKind;
	readonly command: readonly [string, ...string[]];
	readonly places: readonly ListenPlace[];
	/** Called for each line that it says. */
	readonly onLine?: (line: string) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<ProgramServer> {
	using _turn = await turns.next({clock, signal});
	const [program, ...parameters] = parentBound(command);
	const child = spawn(program, parameters, {stdio: ['ignore', 'pipe', 'pipe']});
	const lastLines = new LastLines(child.stderr);
	child.stdout.resume();
	createInterface({input: child.stderr}).on('line', onLine);
	child.once('error', error => lastLines.add(error.message));
	let leaving = false;
	const {promise: ended, resolve} = Promise.withResolvers<{readonly reason: string}>();
	const closed = once(child, 'close').then(([code, killSignal]: unknown[]) => {
		const how = killSignal === null ? `exit code ${code}` : `signal ${killSignal}`;
		const said = lastLines.toString();
		return said === '' ? how : `${how}: ${said}`;
	});
	void closed.then(reason => {
		if (!leaving) {
			resolve({reason});
		}
	});

	await using cleanup = new AsyncDisposableStack();
	cleanup.defer(async () => {
		leaving = true;
		if (child.pid !== undefined) {
			await endProcess(child.pid, {clock});
		}
		await closed;
	});
	await listening({kind, pid: child.pid, places, closed, clock, signal});
	const resources = cleanup.move();
	return {pid: child.pid ?? 0, ended, [Symbol.asyncDispose]: () => resources.disposeAsync()};
}

async function listening({
	kind,
	pid,
	places,
	closed,
	clock,
	signal,
}: {
	readonly kind: DataServerKind;
	readonly pid: number | undefined;
	readonly places: readonly ListenPlace[];
	readonly closed: Promise<string>;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<void> {
	const limitNs = clock.nowNs() + BigInt(listenLimitSeconds * 1e9);
	let pauseSeconds = shortestPauseSeconds;
	let failure: string | undefined;
	void closed.then(reason => {
		failure = reason;
	});
	while (pid === undefined || !(await listensAtAll(pid, places))) {
		if (failure !== undefined) {
			throw new StreambedError('DATA_SERVER_FAILED', `${kind} ended before it listened (${failure})`);
		}
		if (clock.nowNs() > limitNs) {
			throw new StreambedError('DATA_SERVER_FAILED', `${kind} does not listen after ${listenLimitSeconds} s`);
		}
		await clock.sleep(pauseSeconds, signal);
		pauseSeconds = Math.min(pauseSeconds * 1.5, longestPauseSeconds);
	}
}

const shortestPauseSeconds: Seconds = 0.002;
const longestPauseSeconds: Seconds = 0.02;
const listenLimitSeconds: Seconds = 10;
/** A start takes a processor for tens of milliseconds: several at once would hold up each other, and all that is carried already. */
const turns = new Turns({limitSeconds: 0.1});
