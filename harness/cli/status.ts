import {type ExitCode, exitCodes} from '#core/errors.ts';
import {formatBytes, formatRate, formatSeconds} from '#core/quantities.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
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
	const head = `${countOf(list.sessions.length, 'session')} of yours; data server ${list.data_server}; ${countOf(list.free_ports, 'port')} free\n`;
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
		['forward', carried(session.forward_bytes, session.forward_bits_per_second)],
		['backward', `${carried(session.backward_bytes, session.backward_bits_per_second)}  (${limit})`],
		['connections', connections(session)],
		['refused', refusals(session)],
		['restarts', session.restarts === 0 ? '' : `${session.restarts}, the last: ${session.reason}`],
		['lease', formatSeconds(session.lease_seconds)],
	];
	return rows
		.filter(([, value]) => value !== '')
		.map(([name, value]) => `${name.padEnd(11)}  ${value}\n`)
		.join('');
}

/** What the data server could not tell is not there. */
const carried = (bytes: Bytes | undefined, bitsPerSecond: BitsPerSecond | undefined): string =>
	bytes === undefined || bitsPerSecond === undefined
		? 'not known'
		: `${formatBytes(bytes)}  ${formatRate(bitsPerSecond)}`;

const connections = ({connections_open: open, connections_total: total}: WireStatus): string =>
	open === undefined || total === undefined ? 'not known' : `${open} open, ${total} in all`;

function refusals({connections_refused: count, last_refusal: last}: WireStatus): string {
	if (count === undefined) {
		return 'not known';
	}
	return count === 0 ? '' : `${count}, the last: ${last}`;
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
