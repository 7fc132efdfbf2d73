import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {closeSync, openSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Connection} from '@platformatic/kafka';
import type {Clock} from '#core/clock.ts';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {endProcess} from '#core/processes.ts';
import type {Seconds} from '#core/units.ts';
import {connectToBroker, ledTopics} from '../transports/kafka-connection.ts';
import {formatCommand, kafkaFiles, serveCommand} from './kafka-commands.ts';
import {kafkaLogSettings, kafkaSettings} from './kafka-settings.ts';
import {makeTopics} from './kafka-topics.ts';
import {lastLogLines} from './last-log-lines.ts';
import {makeStandFolders} from './stand-folders.ts';

const lookAgainSeconds: Seconds = 0.1;
const patienceSeconds: Seconds = 0.5;
const graceSeconds: Seconds = 2;

type KafkaBrokerOptions = {
	readonly setup: KafkaSetup;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	/** It ended before it was told to, after it had been ready. */
	readonly onLost: (error: StreambedError) => void;
};

/** A broker that runs and is ready. Disposing of it ends it. */
export class KafkaBroker implements AsyncDisposable {
	readonly #options: KafkaBrokerOptions;
	readonly #child: ChildProcess;
	readonly #connection: Connection;
	#isLeaving = false;

	private constructor(options: KafkaBrokerOptions, child: ChildProcess, connection: Connection) {
		this.#options = options;
		this.#child = child;
		this.#connection = connection;
		const onEnd = () => {
			if (!this.#isLeaving) {
				options.onLost(endedError(options.setup, child));
			}
		};
		if (hasEnded(child)) {
			onEnd();
		} else {
			child.once('exit', onEnd);
		}
	}

	/**
	 * Makes its folders and settings, formats its storage, starts it and waits until it answers. Rejects with COMMAND_FAILED when
	 * the storage cannot be made, with NODE_LOST when it ends first, with TIMED_OUT when it is not ready in time; then nothing runs.
	 */
	static async start(options: KafkaBrokerOptions): Promise<KafkaBroker> {
		const {setup, clock, signal} = options;
		await prepare(setup, signal);
		const [command = '', ...parameters] = serveCommand(setup);
		const log = openSync(join(setup.logFolder, kafkaFiles.log), 'a');
		const child = spawn(command, parameters, {stdio: ['ignore', log, log]});
		closeSync(log);
		child.once('error', () => {});
		try {
			const connection = await ready(setup, {child, clock, signal});
			return new KafkaBroker(options, child, connection);
		} catch (error) {
			await end(child, clock);
			throw error;
		}
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/** See `makeTopics`. */
	async makeTopics(topics: readonly string[]): Promise<void> {
		const {setup, clock, signal} = this.#options;
		await makeTopics(this.#connection, {topics, site: setup.site, clock, signal});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isLeaving = true;
		await this.#connection.close();
		await end(this.#child, this.#options.clock);
	}
}

async function prepare(setup: KafkaSetup, signal: AbortSignal): Promise<void> {
	const {logFolder} = setup;
	await makeStandFolders(setup, signal);
	writeFileSync(join(logFolder, kafkaFiles.settings), kafkaSettings(setup));
	writeFileSync(join(logFolder, kafkaFiles.logSettings), kafkaLogSettings());
	await run(formatCommand(setup), setup, signal);
}

async function run(command: readonly string[], {site}: KafkaSetup, signal: AbortSignal): Promise<void> {
	const [file = '', ...parameters] = command;
	try {
		await promisify(execFile)(file, parameters, {signal});
	} catch (cause) {
		const {message, stderr = '', stdout = ''} = cause as Error & {stderr?: string; stdout?: string};
		const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' | ') || message;
		throw new StreambedError(
			'COMMAND_FAILED',
			`preparing the broker at ${site} failed: ${command.join(' ')}: ${said}`,
			{
				cause,
			},
		);
	}
}

/** Waits until the broker answers; resolves to a connection to it. */
async function ready(
	setup: KafkaSetup,
	{child, clock, signal}: {readonly child: ChildProcess; readonly clock: Clock; readonly signal: AbortSignal},
): Promise<Connection> {
	const {site, readyWithinSeconds} = setup;
	const limitNs = clock.nowNs() + BigInt(Math.round(readyWithinSeconds * 1e9));
	while (!(await answers(setup))) {
		if (hasEnded(child)) {
			throw endedError(setup, child);
		}
		if (clock.nowNs() > limitNs) {
			throw new StreambedError(
				'TIMED_OUT',
				`the broker at ${site} was not ready within ${readyWithinSeconds} s; its last lines: ${logOf(setup)}`,
				{
					hint: `its whole log is ${join(setup.logFolder, kafkaFiles.log)}; stack.broker.readyWithin gives it more time`,
				},
			);
		}
		await clock.sleep(lookAgainSeconds, signal);
	}
	return connectToBroker(setup);
}

/** A broker that listens and does not serve yet keeps who asks waiting, sometimes for good: it is asked anew. */
async function answers(setup: KafkaSetup): Promise<boolean> {
	let connection: Connection | undefined;
	try {
		connection = await connectToBroker(setup, {limitSeconds: patienceSeconds});
		await ledTopics(connection, []);
		return true;
	} catch {
		// Nobody listens yet, or who listens does not answer yet: the next look will tell.
		return false;
	} finally {
		await connection?.close();
	}
}

const hasEnded = ({exitCode, signalCode}: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function endedError(setup: KafkaSetup, {exitCode, signalCode}: ChildProcess): StreambedError {
	const how = signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
	return new StreambedError(
		'NODE_LOST',
		`the broker at ${setup.site} ended (${how}); its last lines: ${logOf(setup)}`,
		{
			hint: `its whole log is ${join(setup.logFolder, kafkaFiles.log)}`,
		},
	);
}

const logOf = ({logFolder}: KafkaSetup): string => lastLogLines(join(logFolder, kafkaFiles.log));

async function end(child: ChildProcess, clock: Clock): Promise<void> {
	if (child.pid !== undefined && !hasEnded(child)) {
		await endProcess(child.pid, {clock, graceSeconds});
	}
}
