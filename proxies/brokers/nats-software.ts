import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';

export const natsInstallCommand = 'apt-get install --yes nats-server';

/** The full path of the server. Throws TOOL_MISSING with the command that brings it. */
export function findNats(): string {
	const path = findProgram('nats-server');
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', 'nats-server is not installed', {hint: natsInstallCommand});
	}
	return path;
}
