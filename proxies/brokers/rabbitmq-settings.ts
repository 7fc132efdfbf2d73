import {join} from 'node:path';
import type {RabbitmqSetup} from '#core/control/broker-messages.ts';
import type {ServerLaunch} from './server-launch.ts';

/**
 * A server by itself, from its program, and from a port mapper where there is one: without, the server starts one that outlives it, unless
 * the container of both ends. Pure.
 */
export function rabbitmqLaunch(
	setup: RabbitmqSetup,
	{server, portMapper}: {readonly server: string; readonly portMapper?: string},
): ServerLaunch {
	return {
		files: {[join(setup.logFolder, rabbitmqSettingsFile)]: rabbitmqSettings(setup)},
		...(portMapper !== undefined && {companions: [[portMapper]]}),
		command: [server],
		environment: rabbitmqEnvironment(setup),
	};
}

/** The settings of a server by itself, in its log folder. */
export const rabbitmqSettingsFile = 'rabbitmq.conf';

/** `rabbitmq.conf` of a server by itself, for anybody who reaches it. Pure. */
export function rabbitmqSettings({host, port, memoryBytes}: RabbitmqSetup): string {
	return Object.entries({
		'listeners.tcp.1': `${host}:${port}`,
		loopback_users: 'none',
		'vm_memory_high_watermark.absolute': memoryBytes,
		// Its data are in a file system of its own, as large as they may be.
		'disk_free_limit.absolute': 1_000_000,
		'log.console': true,
		'log.console.level': 'info',
		'log.file': false,
	})
		.map(([name, value]) => `${name} = ${value}\n`)
		.join('');
}

/**
 * What the server and its port mapper find in their environment: all that they write is in the broker's own folders, all but streams is
 * on the loopback device, and nothing of an installation for the whole machine is looked at. Pure.
 */
export function rabbitmqEnvironment({
	dataFolder,
	logFolder,
	controllerPort,
}: RabbitmqSetup): Readonly<Record<string, string>> {
	return {
		// For the secret by which nodes know each other.
		HOME: dataFolder,
		ERL_EPMD_ADDRESS: '127.0.0.1',
		ERL_EPMD_PORT: `${controllerPort}`,
		RABBITMQ_DIST_PORT: `${controllerPort + 1}`,
		RABBITMQ_NODENAME: 'rabbit@localhost',
		RABBITMQ_CONF_ENV_FILE: '/dev/null',
		RABBITMQ_CONFIG_FILE: join(logFolder, rabbitmqSettingsFile),
		RABBITMQ_ADVANCED_CONFIG_FILE: join(dataFolder, 'advanced.config'),
		RABBITMQ_ENABLED_PLUGINS_FILE: join(dataFolder, 'enabled_plugins'),
		RABBITMQ_PID_FILE: join(dataFolder, 'pid'),
		RABBITMQ_MNESIA_BASE: dataFolder,
		RABBITMQ_LOG_BASE: dataFolder,
		RABBITMQ_LOGS: '-',
		// The script is replaced by the server, which so has its process’s number, and reads nothing.
		RABBITMQ_ALLOW_INPUT: '1',
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput',
	};
}
