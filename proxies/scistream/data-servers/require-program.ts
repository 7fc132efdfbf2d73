import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {type DataServerProgram, dataServerPackages} from './data-server-packages.ts';

/** The full path of a program; throws TOOL_MISSING with the command that installs it. */
export function requireProgram(name: DataServerProgram): string {
	const path = findProgram(name);
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', `${name} is not installed`, {
			hint: `apt-get install --yes ${dataServerPackages[name].join(' ')}`,
		});
	}
	return path;
}
