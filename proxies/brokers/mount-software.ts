import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';

export const mountInstallCommand = 'apt-get install --yes mount';

/** The full path of what gives a broker a file system of its own. Throws TOOL_MISSING with the command that brings it. */
export function findMount(): string {
	const path = findProgram('mount');
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', 'the data of brokers are held by mount, which is not installed', {
			hint: mountInstallCommand,
		});
	}
	return path;
}
