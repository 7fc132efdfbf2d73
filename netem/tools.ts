import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';

/** The programs that the namespaces testbed runs, with the Debian package of each. */
export const toolPackages = {
	ip: 'iproute2',
	tc: 'iproute2',
	ss: 'iproute2',
	nft: 'nftables',
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

/** The full path of a tool, or nothing. */
export const findTool = (tool: Tool, searchPath?: string): string | undefined => findProgram(tool, searchPath);

export const installHint = (tool: Tool): string => `apt-get install --yes ${toolPackages[tool]}`;
