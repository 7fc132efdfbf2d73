import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';
import {StreambedError} from '#core/errors.ts';

/** The programs that the namespaces testbed runs, with the Debian package of each. */
export const toolPackages = {
	ip: 'iproute2',
	tc: 'iproute2',
	ss: 'iproute2',
	unshare: 'util-linux',
	setpriv: 'util-linux',
} as const;

export type Tool = keyof typeof toolPackages;

/** The full path of a tool; throws TOOL_MISSING with the command that installs it. */
export function toolPath(tool: Tool, searchPath = process.env.PATH ?? ''): string {
	const path = findTool(tool, searchPath);
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', `${tool} is not installed`, {hint: installHint(tool)});
	}
	return path;
}

/** The full path of a tool, or nothing. The folders of the administrator are searched too: Debian leaves them out of a user's path. */
export function findTool(tool: Tool, searchPath = process.env.PATH ?? ''): string | undefined {
	return [...searchPath.split(delimiter).filter(folder => folder !== ''), '/usr/sbin', '/sbin', '/usr/bin', '/bin']
		.map(folder => join(folder, tool))
		.find(isExecutable);
}

export const installHint = (tool: Tool): string => `apt-get install --yes ${toolPackages[tool]}`;

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
