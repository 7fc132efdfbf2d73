import {spawnSync} from 'node:child_process';
import {findTool} from '#netem/tools.ts';

/** What runs a command as a user without a name, in no group. */
export const asOtherUser = [findTool('setpriv') ?? 'setpriv', '--reuid', '1234', '--regid', '1234', '--clear-groups'];

/** Only root becomes another user, and that user must be able to read the program in this checkout and run this Node. Says so where not. */
export function canBeOtherUser(program: string): boolean {
	const [file = '', ...parameters] = asOtherUser;
	const probe = spawnSync(file, [...parameters, process.execPath, '--check', program], {encoding: 'utf8'});
	if (probe.status !== 0) {
		process.stderr.write(`skipped as another user: ${probe.stderr || probe.error?.message}\n`);
	}
	return probe.status === 0;
}
