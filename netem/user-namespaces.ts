import {readFileSync} from 'node:fs';
import {runTool} from './run-tool.ts';
import {findTool, installHint} from './tools.ts';

export type Denial = {readonly reason: string; readonly remedy: string};

/** Why this user may not make the namespaces of a run, with what would allow it; nothing when they can be made. */
export async function deniedNamespaces(): Promise<Denial | undefined> {
	const unshare = findTool('unshare');
	if (unshare === undefined) {
		return {reason: 'unshare is not installed', remedy: installHint('unshare')};
	}
	const {ok, said} = await runTool(unshare, [...unshareParameters, '--', '/bin/true']);
	return ok ? undefined : explainDenial(said, readSetting);
}

/** What `unshare` is told, for a probe and for a run alike: root and ordinary users take the same way. */
export const unshareParameters = [
	'--user',
	'--map-root-user',
	'--net',
	'--mount',
	'--pid',
	'--fork',
	'--mount-proc',
	'--kill-child=KILL',
] as const;

/** Names the setting that stands in the way, from what `unshare` said and what is set. */
export function explainDenial(said: string, setting: (path: string) => string | undefined): Denial {
	const culprit = culprits.find(({path, value}) => setting(path) === value);
	return culprit
		? {reason: `${said} (${culprit.path.replaceAll('/', '.')} is ${culprit.value})`, remedy: culprit.remedy}
		: {
				reason: said,
				remedy: 'in a container, allow unshare: --security-opt seccomp=unconfined --security-opt apparmor=unconfined',
			};
}

const culprits = [
	{path: 'user/max_user_namespaces', value: '0', remedy: 'sysctl -w user.max_user_namespaces=10000'},
	{path: 'kernel/unprivileged_userns_clone', value: '0', remedy: 'sysctl -w kernel.unprivileged_userns_clone=1'},
	{
		path: 'kernel/apparmor_restrict_unprivileged_userns',
		value: '1',
		remedy: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
	},
] as const;

function readSetting(path: string): string | undefined {
	try {
		return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
	} catch {
		return undefined;
	}
}
