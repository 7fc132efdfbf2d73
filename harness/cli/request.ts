import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {formatEndpoint} from '#proxies/scistream/endpoint.ts';
import {freshUid} from '#proxies/scistream/fresh-uid.ts';
import {setUpBoth} from '#proxies/scistream/set-up-both.ts';
import {type SideSetup, setUpSide} from '#proxies/scistream/user-client.ts';
import {type ControlAccess, connectControl, endpointOf} from './control-access.ts';
import {interruption} from './interruption.ts';

export type RequestFlags = {
	readonly side: 'inbound' | 'outbound' | 'both';
	readonly access: ControlAccess;
	/** The consumer's control server, for `both`. */
	readonly consumerAccess?: ControlAccess;
	readonly targets: readonly string[];
	readonly uid?: string;
	readonly connectionCount: number;
	readonly rateMegabitsPerSecond: number;
	readonly json: boolean;
	readonly write: (text: string) => void;
};

/**
 * Sets up one side of a stream, or both, and prints where they listen. When it fails or is interrupted nothing is left behind.
 * Rejects with USAGE, SERVER_UNREACHABLE, CALL_REFUSED or INTERRUPTED.
 */
export async function request(flags: RequestFlags): Promise<ExitCode> {
	const {side, access, consumerAccess, uid = freshUid(), connectionCount, rateMegabitsPerSecond, json, write} = flags;
	const targets = flags.targets.map(target => formatEndpoint(endpointOf('--target', target)));
	if (targets.length === 0) {
		throw new StreambedError('USAGE', '--target: there is none', {
			hint:
				side === 'outbound'
					? 'name the listeners that `streambed request inbound` printed'
					: 'name where the producing application listens, host:port',
		});
	}
	using interrupt = interruption('the request');
	using connection = connectControl(access);
	const common = {uid, connectionCount, rateMegabitsPerSecond, targets, signal: interrupt.signal};
	if (side !== 'both') {
		const setup = await setUpSide({...common, connection, role: side === 'inbound' ? 'PROD' : 'CONS'});
		write(json ? `${JSON.stringify({[side]: setup, uid})}\n` : text({uid, sides: {[side]: setup}}));
		return exitCodes.fine;
	}
	if (!consumerAccess) {
		throw new StreambedError('USAGE', '--consumer-s2cs: both sides are asked for, but only one control server', {
			hint: 'name the consumer’s as well, host:port',
		});
	}
	using consumer = connectControl(consumerAccess);
	const {inbound, outbound} = await setUpBoth({...common, producer: connection, consumer});
	write(json ? `${JSON.stringify({uid, inbound, outbound})}\n` : text({uid, sides: {inbound, outbound}}));
	return exitCodes.fine;
}

function text({uid, sides}: {readonly uid: string; readonly sides: Readonly<Record<string, SideSetup>>}): string {
	const lines = Object.entries(sides).map(([name, {listeners, steps}]) => {
		const wholeMs = Math.round(steps.reqMs + steps.updateMs);
		return `${name.padEnd(8)}  ${listeners.join(' ')}  (set up in ${wholeMs} ms)`;
	});
	return `${[`stream    ${uid}`, ...lines].join('\n')}\n`;
}
