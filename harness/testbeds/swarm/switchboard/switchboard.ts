import {randomBytes} from 'node:crypto';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import {readLines} from '#core/control/lines.ts';
import {programEnvironment} from '#core/control/program-environment.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from '../../docker/engine.ts';
import {atEngine, engineError, hasStatus, isEngineGone} from '../../docker/engine-error.ts';
import {environmentList} from '../environment-list.ts';
import {attachTo} from './attach-to.ts';
import {MemberBook} from './member-book.ts';
import type {SwitchboardMember} from './member-channel.ts';
import {switchboardVariables} from './messages.ts';

type Container = ReturnType<Engine['getContainer']>;

/**
 * Where programs on other machines meet the harness: a container on the harness's own node, spoken to over its input and output, that members dial in
 * at by TCP over a network of their own. Disposing of it removes the container, and so ends the connection of every member.
 */
export class Switchboard implements AsyncDisposable {
	/** Its address in the network. */
	readonly host: string;
	/** Names the clock that it answers by; that of this process, where both are of one kernel. */
	readonly clock: string;
	readonly #container: Container;
	readonly #book: MemberBook;
	readonly #token: string;

	private constructor(options: {
		readonly host: string;
		readonly clock: string;
		readonly container: Container;
		readonly book: MemberBook;
		readonly token: string;
	}) {
		this.host = options.host;
		this.clock = options.clock;
		this.#container = options.container;
		this.#book = options.book;
		this.#token = options.token;
	}

	/** Starts one. Rejects with ENGINE_REFUSED, with NODE_LOST and its last lines when it ends at once, with TIMED_OUT. */
	static async open({
		engine,
		image,
		name,
		network,
		labels,
		clock,
		signal,
		readyLimitSeconds = 30,
	}: {
		readonly engine: Engine;
		/** That of the sites, by its id. */
		readonly image: string;
		/** Of the container. */
		readonly name: string;
		/** An attachable one that members share with it. */
		readonly network: string;
		readonly labels: Readonly<Record<string, string>>;
		readonly clock: Clock;
		readonly signal: AbortSignal;
		readonly readyLimitSeconds?: Seconds;
	}): Promise<Switchboard> {
		const token = randomBytes(24).toString('base64url');
		await using cleanup = new AsyncDisposableStack();
		const container = await atEngine(
			`making the switchboard ${name}`,
			engine.createContainer({
				name,
				Image: image,
				Cmd: ['node', 'dist/harness/testbeds/swarm/switchboard/switchboard-program.js'],
				WorkingDir: '/opt/streambed',
				Env: environmentList({...programEnvironment, [switchboardVariables.token]: token}),
				Labels: {...labels},
				OpenStdin: true,
				StdinOnce: true,
				AttachStdin: true,
				// What it writes is for the harness, and too much to be kept twice.
				HostConfig: {NetworkMode: network, LogConfig: {Type: 'none', Config: {}}},
			}),
		);
		cleanup.defer(() => remove(container));
		const {input, output, errors} = await atEngine(`attaching to ${name}`, attachTo(engine, container));
		const book = new MemberBook(input);
		const lastLines = new LastLines(errors);
		readLines(
			output,
			line => book.hear(line),
			() => book.end(new StreambedError('NODE_LOST', `the switchboard ${name} ended: ${lastLines}`)),
		);
		await atEngine(`starting the switchboard ${name}`, container.start());
		const clockOfIt = await inTime(book.ready, {what: name, limitSeconds: readyLimitSeconds, clock, signal});
		const {NetworkSettings} = await atEngine(`looking at ${name}`, container.inspect());
		const host = NetworkSettings.Networks[network]?.IPAddress ?? '';
		cleanup.move();
		return new Switchboard({container, book, host, clock: clockOfIt, token});
	}

	/** What a program needs in its environment to dial in under a name: letters, digits, dots, dashes and underscores, 80 at most. */
	invite(member: string): Record<string, string> {
		return {
			[switchboardVariables.host]: this.host,
			[switchboardVariables.token]: this.#token,
			[switchboardVariables.member]: member,
		};
	}

	/** One listener: hears of each member that has dialled in, of those from before at once. */
	set onMember(listener: (member: SwitchboardMember) => void) {
		this.#book.onMember = listener;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#book.end(new Error('the harness ended the switchboard'));
		await remove(this.#container);
	}
}

async function inTime<Result>(
	waiting: Promise<Result>,
	{
		what,
		limitSeconds,
		clock,
		signal,
	}: {readonly what: string; readonly limitSeconds: Seconds; readonly clock: Clock; readonly signal: AbortSignal},
): Promise<Result> {
	const enough = new AbortController();
	const timeOut = clock.sleep(limitSeconds, enough.signal).then(() => {
		throw new StreambedError('TIMED_OUT', `the switchboard ${what} was not ready within ${limitSeconds} s`);
	});
	timeOut.catch(() => {});
	try {
		return await Promise.race([waiting, timeOut, abortion(signal)]);
	} finally {
		enough.abort();
	}
}

async function remove(container: Container): Promise<void> {
	try {
		await container.remove({force: true, v: true});
	} catch (cause) {
		// Somebody else has removed it, or is about to. An engine that is gone is reported as such, and what it holds is its reaper's.
		if (!(hasStatus(cause, 404, 409) || isEngineGone(cause))) {
			throw engineError('removing the switchboard', cause);
		}
	}
}
