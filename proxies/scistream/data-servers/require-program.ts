import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {type DataServerProgram, dataServerPackages} from './data-server-packages.ts';

/** The full path of a program; throws TOOL_MISSING with the command that installs it. */
export function requireProgram(name: DataServerProgram): string {
	const path = findProgram(name);
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', `${name} is not installed`, {
			hint: installHint(name),
		});
	}
	return path;
}

/** Which of the proxies that others wrote are here, with the command that installs each. */
export function dataServerPrograms(): ReadonlyArray<{
	readonly name: DataServerProgram;
	readonly path: string | undefined;
	readonly remedy: string;
}> {
	return (['haproxy', 'nginx', 'stunnel4'] as const).map(name => ({
		name,
		path: findProgram(name),
		remedy: installHint(name),
	}));
}

const installHint = (name: DataServerProgram): string => `apt-get install --yes ${dataServerPackages[name].join(' ')}`;
