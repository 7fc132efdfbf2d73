import {execFile} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {promisify} from 'node:util';
import type {Clock} from '#core/clock.ts';
import type {BrokerSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {BrokerServer} from './broker-server.ts';
import type {ServerCommand, ServerLaunch} from './server-launch.ts';
import {ServerProcess} from './server-process.ts';
import {makeStandFolders} from './stand-folders.ts';
import {untilAnswering} from './until-answering.ts';

/**
 * Starts the server of a broker with what belongs to it; one of an image was started in its own container before, and is only waited for.
 * Rejects with TOOL_MISSING, or with COMMAND_FAILED when it cannot be prepared; then nothing runs.
 */
export async function startServer<Setup extends BrokerSetup>(
	{setup, clock, signal}: {readonly setup: Setup; readonly clock: Clock; readonly signal: AbortSignal},
	launchOf: (setup: Setup) => ServerLaunch,
): Promise<BrokerServer> {
	if (setup.image !== undefined) {
		return serverElsewhere(setup, clock);
	}
	const {files, preparation, companions = [], command, environment} = launchOf(setup);
	await makeStandFolders(setup, signal);
	for (const [path, text] of Object.entries(files)) {
		writeFileSync(path, text);
	}
	if (preparation) {
		await prepare(setup.site, preparation, signal);
	}
	await using resources = new AsyncDisposableStack();
	const start = (one: ServerCommand) =>
		resources.use(new ServerProcess({stand: setup, clock, command: one, environment}));
	const beside = companions.map(start);
	const server = start(command);
	const kept = resources.move();
	return {
		pid: server.pid,
		ready: (ask, readySignal) => server.ready(ask, readySignal),
		onLost(listener) {
			for (const one of [server, ...beside]) {
				one.onLost(listener);
			}
		},
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

/** Whoever started its container sees its end. */
const serverElsewhere = (stand: BrokerSetup, clock: Clock): BrokerServer => ({
	pid: undefined,
	ready: (ask, signal) => untilAnswering({stand, ask, clock, signal}),
	onLost() {},
	async [Symbol.asyncDispose]() {},
});

async function prepare(site: string, [program, ...parameters]: ServerCommand, signal: AbortSignal): Promise<void> {
	try {
		await promisify(execFile)(program, parameters, {signal});
	} catch (cause) {
		const {message, stderr = '', stdout = ''} = cause as Error & {stderr?: string; stdout?: string};
		const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' | ') || message;
		throw new StreambedError(
			'COMMAND_FAILED',
			`preparing the broker at ${site} failed: ${[program, ...parameters].join(' ')}: ${said}`,
			{cause},
		);
	}
}
