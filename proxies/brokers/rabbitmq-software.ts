import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';

export const rabbitmqInstallCommand = 'apt-get install --yes rabbitmq-server';

/** What runs a broker. */
export type RabbitmqSoftware = {
	/** Starts the server in place of itself. What Debian has on the path changes to a user of its own first, and is not this. */
	readonly server: string;
	/** Tells nodes of Erlang where others listen; a server looks for it. */
	readonly portMapper: string;
	readonly version: string;
};

/**
 * The RabbitMQ of `RABBITMQ_HOME` (in `sbin/`, as its own distribution has it), or the one that Debian brings. Throws TOOL_MISSING
 * with the command that helps.
 */
export function findRabbitmq({RABBITMQ_HOME, PATH}: NodeJS.ProcessEnv = process.env): RabbitmqSoftware {
	const home = RABBITMQ_HOME || debianHome();
	const server = home === undefined ? undefined : join(home, 'sbin/rabbitmq-server');
	if (home === undefined || server === undefined || !existsSync(server)) {
		throw new StreambedError(
			'TOOL_MISSING',
			RABBITMQ_HOME ? `no RabbitMQ stands in ${RABBITMQ_HOME}` : 'rabbitmq-server is not installed',
			{hint: RABBITMQ_HOME ? `${rabbitmqInstallCommand}, or correct RABBITMQ_HOME` : rabbitmqInstallCommand},
		);
	}
	const portMapper = findProgram('epmd', PATH);
	if (portMapper === undefined) {
		throw new StreambedError('TOOL_MISSING', 'RabbitMQ runs on Erlang, and there is no epmd on the path', {
			hint: 'apt-get install --yes erlang-base',
		});
	}
	return {server, portMapper, version: versionOf(home)};
}

const debianFolder = '/usr/lib/rabbitmq/lib';

function debianHome(): string | undefined {
	const names = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
	const name = names
		.filter(one => one.startsWith('rabbitmq_server-'))
		.sort()
		.at(-1);
	return name === undefined ? undefined : join(debianFolder, name);
}

/** The folder of an application is named for its version: `plugins/rabbit-3.10.8`, or `.ez` in older ones. */
function versionOf(home: string): string {
	const plugins = join(home, 'plugins');
	const names = existsSync(plugins) ? readdirSync(plugins) : [];
	return names.map(name => /^rabbit-(\d[\d.]*\d)/.exec(name)?.[1]).find(version => version !== undefined) ?? 'unknown';
}
