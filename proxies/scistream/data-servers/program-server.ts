import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {LastLines} from '#core/last-lines.ts';
import {endProcess} from '#core/processes.ts';
import type {ForeignPrograms, ProgramOptions, ProgramServer} from './foreign-programs.ts';
import {listensAtAll} from './listening.ts';
import {parentBound} from './parent-bound.ts';
import {requireProgram} from './require-program.ts';
import {Turns} from './turns.ts';
import {untilListening} from './until-listening.ts';

/** The proxies that are installed on this machine, as processes of ours. */
export const machinePrograms: ForeignPrograms = {origin: 'machine', start: startProgram};

/**
 * Starts a proxy when those before it listen or have had their time, and waits until it listens. All that it says is read, whether or not anybody wants it: a full pipe
 * would stop it.
 */
async function startProgram({
	kind,
	parameters,
	places,
	onLine = () => {},
	clock,
	signal,
}: ProgramOptions): Promise<ProgramServer> {
	using _turn = await turns.next({clock, signal});
	const [program, ...rest] = parentBound([requireProgram(programNames[kind]), ...parameters]);
	const child = spawn(program, rest, {stdio: ['ignore', 'pipe', 'pipe']});
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
	const isListening = async () => child.pid !== undefined && (await listensAtAll(child.pid, places));
	await untilListening({kind, isListening, closed, clock, signal});
	const resources = cleanup.move();
	return {pid: child.pid, ended, [Symbol.asyncDispose]: () => resources.disposeAsync()};
}

/** As Debian has them. */
const programNames = {haproxy: 'haproxy', nginx: 'nginx', stunnel: 'stunnel4'} as const;

/** A start takes a processor for tens of milliseconds: several at once would hold up each other, and all that is carried already. */
const turns = new Turns({limitSeconds: 0.1});
