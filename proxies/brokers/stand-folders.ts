import {execFile} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {promisify} from 'node:util';
import type {BrokerStand} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {mountCommand} from './mount-command.ts';
import {findMount} from './mount-software.ts';

/** Makes the folders of a broker, its data's a file system of its own where it is to have one. Rejects with TOOL_MISSING or COMMAND_FAILED. */
export async function makeStandFolders(
	{site, dataFolder, dataBytes, logFolder}: BrokerStand,
	signal: AbortSignal,
): Promise<void> {
	mkdirSync(dataFolder, {recursive: true});
	mkdirSync(logFolder, {recursive: true});
	if (dataBytes === undefined) {
		return;
	}
	const [file = '', ...parameters] = mountCommand({mount: findMount(), folder: dataFolder, bytes: dataBytes});
	try {
		await promisify(execFile)(file, parameters, {signal});
	} catch (cause) {
		const {message, stderr = ''} = cause as Error & {stderr?: string};
		throw new StreambedError(
			'COMMAND_FAILED',
			`making room for the broker at ${site} failed: ${file} ${parameters.join(' ')}: ${stderr.trim() || message}`,
			{cause},
		);
	}
}
