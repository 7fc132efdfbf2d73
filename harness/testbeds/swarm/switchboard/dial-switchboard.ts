import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {switchboardPorts, switchboardVariables, welcome} from './messages.ts';
import {watchSilence} from './watch-silence.ts';

/** Where a switchboard is, and as whom to dial in. */
export type Invitation = {readonly host: string; readonly token: string; readonly member: string};

/** The one in the environment of this process, as `Switchboard.invite` makes it; throws USAGE where there is none. */
export function invitationIn(environment: NodeJS.ProcessEnv): Invitation {
	const read = (name: string): string => {
		const value = environment[name];
		if (value === undefined || value === '') {
			throw new StreambedError('USAGE', `${name} is not set: this program is started by a service of a swarm`);
		}
		return value;
	};
	return {
		host: read(switchboardVariables.host),
		token: read(switchboardVariables.token),
		member: read(switchboardVariables.member),
	};
}

/**
 * Dials in at a switchboard: what is written to the socket, whole lines, goes to the harness, and what is read comes from there. A way that is not there
 * yet is tried again for a while; rejects with SERVER_UNREACHABLE then, with CALL_REFUSED when the switchboard does not want this member.
 */
export async function dialSwitchboard({
	invitation: {host, token, member},
	clock,
	signal,
	port = switchboardPorts.members,
	withinSeconds = 30,
}: {
	readonly invitation: Invitation;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	readonly port?: number;
	/** How long a way is looked for. */
	readonly withinSeconds?: Seconds;
}): Promise<Socket> {
	const limitNs = clock.nowNs() + BigInt(Math.round(withinSeconds * 1e9));
	for (;;) {
		const socket = connect({host, port, noDelay: true});
		socket.on('error', () => {});
		try {
			const answer = await introduce(socket, `${token} ${member}`, {clock, signal});
			if (answer !== welcome) {
				throw new StreambedError('CALL_REFUSED', `the switchboard at ${host}:${port} refused ${member}: ${answer}`);
			}
			watchSilence(socket, clock);
			return socket;
		} catch (cause) {
			socket.destroy();
			signal.throwIfAborted();
			if (cause instanceof StreambedError) {
				throw cause;
			}
			if (clock.nowNs() >= limitNs) {
				throw new StreambedError(
					'SERVER_UNREACHABLE',
					`${member} found no switchboard at ${host}:${port} within ${withinSeconds} s`,
					{cause},
				);
			}
			await clock.sleep(pauseSeconds, signal);
		}
	}
}

/** Gives the answer of the far end; an attempt that nobody answers ends. */
async function introduce(
	socket: Socket,
	introduction: string,
	{clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<string> {
	const calledOff = clock.after(attemptSeconds, () => socket.destroy(new Error('nobody answered')));
	try {
		await once(socket, 'connect', {signal});
		socket.write(`${introduction}\n`);
		return await firstLine(socket, signal);
	} finally {
		calledOff();
	}
}

/** What follows it stays in the socket. */
async function firstLine(socket: Socket, signal: AbortSignal): Promise<string> {
	let text = Buffer.alloc(0);
	while (!text.includes('\n')) {
		if (socket.readableLength === 0) {
			await once(socket, 'readable', {signal});
		}
		const more = socket.read() as Buffer | null;
		if (more === null) {
			throw new Error('the switchboard hung up');
		}
		text = Buffer.concat([text, more]);
	}
	const end = text.indexOf('\n');
	if (end + 1 < text.length) {
		socket.unshift(text.subarray(end + 1));
	}
	return text.subarray(0, end).toString('utf8');
}

const attemptSeconds: Seconds = 2;
const pauseSeconds: Seconds = 0.1;
