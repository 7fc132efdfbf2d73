import {execFile} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Connection} from '@platformatic/kafka';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {connectToBroker, ledTopics} from '../transports/kafka-connection.ts';
import {formatCommand, kafkaFiles, serveCommand} from './kafka-commands.ts';
import {kafkaLogSettings, kafkaSettings} from './kafka-settings.ts';
import {makeTopics} from './kafka-topics.ts';
import type {BrokerOptions, RunningBroker} from './running-broker.ts';
import {ServerProcess} from './server-process.ts';
import {makeStandFolders} from './stand-folders.ts';

const patienceSeconds: Seconds = 0.5;

/**
 * Makes the folders and settings of a broker, formats its storage, starts it and waits until it answers. Rejects with COMMAND_FAILED when
 * the storage cannot be made, with NODE_LOST when it ends first, with TIMED_OUT when it is not ready in time; then nothing runs.
 */
export async function startKafka({setup, clock, signal, onLost}: BrokerOptions<KafkaSetup>): Promise<RunningBroker> {
	const {site, logFolder} = setup;
	await makeStandFolders(setup, signal);
	writeFileSync(join(logFolder, kafkaFiles.settings), kafkaSettings(setup));
	writeFileSync(join(logFolder, kafkaFiles.logSettings), kafkaLogSettings());
	await formatStorage(setup, signal);
	await using resources = new AsyncDisposableStack();
	const server = resources.use(new ServerProcess({stand: setup, clock, command: serveCommand(setup)}));
	await server.ready(() => answering(setup), signal);
	const connection = await connectToBroker(setup);
	resources.defer(() => connection.close());
	server.onLost(onLost);
	const kept = resources.move();
	return {
		pid: server.pid,
		makeTopics: topics => makeTopics(connection, {topics, site, clock, signal}),
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

async function formatStorage(setup: KafkaSetup, signal: AbortSignal): Promise<void> {
	const command = formatCommand(setup);
	const [file = '', ...parameters] = command;
	try {
		await promisify(execFile)(file, parameters, {signal});
	} catch (cause) {
		const {message, stderr = '', stdout = ''} = cause as Error & {stderr?: string; stdout?: string};
		const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' | ') || message;
		throw new StreambedError(
			'COMMAND_FAILED',
			`preparing the broker at ${setup.site} failed: ${command.join(' ')}: ${said}`,
			{cause},
		);
	}
}

/** A broker that listens and does not serve yet keeps who asks waiting, sometimes for good: it is asked anew. */
async function answering(setup: KafkaSetup): Promise<true | undefined> {
	let connection: Connection | undefined;
	try {
		connection = await connectToBroker(setup, {limitSeconds: patienceSeconds});
		await ledTopics(connection, []);
		return true;
	} catch {
		// Nobody listens yet, or who listens does not answer yet: the next look will tell.
		return undefined;
	} finally {
		await connection?.close();
	}
}
