import {join} from 'node:path';
import type {NatsSetup} from '#core/control/broker-messages.ts';
import type {ServerLaunch} from './server-launch.ts';

/** What a server waits at most until a client has taken what it was sent: a slow link carries other streams before. */
const writeLimit = '60s';

/** A server by itself, from its program. Pure. */
export function natsLaunch(setup: NatsSetup, {server}: {readonly server: string}): ServerLaunch {
	const settings = join(setup.logFolder, 'nats-server.conf');
	return {files: {[settings]: natsSettings(setup)}, command: [server, '--config', settings], environment: {}};
}

/** The configuration of a server by itself, with streams in memory and nothing on the disk. Pure. */
export function natsSettings({site, host, port, dataFolder, memoryBytes, messageBytesMax}: NatsSetup): string {
	return settingsText({
		server_name: site,
		host,
		port,
		max_payload: messageBytesMax,
		write_deadline: writeLimit,
		jetstream: {store_dir: dataFolder, max_memory_store: memoryBytes, max_file_store: 0},
	});
}

type Settings = {readonly [name: string]: string | number | boolean | Settings};

/** One `name: value` a line, texts as JSON has them, which NATS reads. */
const settingsText = (settings: Settings): string =>
	Object.entries(settings)
		.map(([name, value]) =>
			typeof value === 'object' ? `${name} {\n${settingsText(value)}}\n` : `${name}: ${JSON.stringify(value)}\n`,
		)
		.join('');
