import {type ExitCode, exitCodes} from '#core/errors.ts';
import {formatBytes, formatRate, formatSeconds} from '#core/quantities.ts';
import type {WireStatus} from '#proxies/scistream/control-protocol.ts';
import {type ControlAccess, connectControl} from './control-access.ts';
import {interruption} from './interruption.ts';

/** Prints the caller's own sessions at a control server of ours, or one of them. Rejects as every call of a `ControlConnection`. */
export async function status({
	uid,
	access,
	json,
	write,
}: {
	readonly uid: string | undefined;
	readonly access: ControlAccess;
	readonly json: boolean;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	using interrupt = interruption('the status');
	using connection = connectControl(access);
	if (uid !== undefined) {
		const session = await connection.status(uid, interrupt.signal);
		write(json ? `${JSON.stringify(session)}\n` : sessionText(session));
		return exitCodes.fine;
	}
	const list = await connection.list(interrupt.signal);
	const head = `${list.sessions.length} sessions of yours; data server ${list.data_server}; ${list.free_ports} ports free\n`;
	write(json ? `${JSON.stringify(list)}\n` : [head, ...list.sessions.map(sessionText)].join('\n'));
	return exitCodes.fine;
}

function sessionText(session: WireStatus): string {
	const limit = session.limit_bits_per_second === 0 ? 'no limit' : `limit ${formatRate(session.limit_bits_per_second)}`;
	const rows: ReadonlyArray<readonly [string, string]> = [
		['stream', `${session.uid}  ${session.role}  ${session.state}`],
		['why', session.restarts > 0 && session.state === 'active' ? '' : session.reason],
		['listens at', session.listeners.join(' ')],
		['carries to', session.targets.join(' ')],
		['unused', session.unused_targets.join(' ')],
		['forward', `${formatBytes(session.forward_bytes)}  ${formatRate(session.forward_bits_per_second)}`],
		['backward', `${formatBytes(session.backward_bytes)}  ${formatRate(session.backward_bits_per_second)}  (${limit})`],
		['connections', `${session.connections_open} open, ${session.connections_total} in all`],
		[
			'refused',
			session.connections_refused === 0 ? '' : `${session.connections_refused}, the last: ${session.last_refusal}`,
		],
		['restarts', session.restarts === 0 ? '' : `${session.restarts}, the last: ${session.reason}`],
		['lease', formatSeconds(session.lease_seconds)],
	];
	return rows
		.filter(([, value]) => value !== '')
		.map(([name, value]) => `${name.padEnd(11)}  ${value}\n`)
		.join('');
}
