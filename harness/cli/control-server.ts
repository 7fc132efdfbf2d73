import {homedir} from 'node:os';
import {join} from 'node:path';
import {type Clock, realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {ControlServer} from '#proxies/scistream/control/control-server.ts';
import {anonymous, identitiesFromFile} from '#proxies/scistream/control/identities.ts';
import type {PortRange} from '#proxies/scistream/control/port-pool.ts';
import type {SiteCredentials} from '#proxies/scistream/control/site-credentials.ts';
import type {DataServerKind} from '#proxies/scistream/data-servers/data-server.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {formatEndpoint} from '#proxies/scistream/endpoint.ts';
import {endpointOf} from './control-access.ts';
import {interruption} from './interruption.ts';

export type ControlServerFlags = {
	readonly listen: string;
	readonly dataServer: DataServerKind;
	readonly dataHost: string;
	readonly advertise?: string;
	readonly dataPorts: string;
	readonly serverCert?: string;
	readonly serverKey?: string;
	readonly tokens?: string;
	readonly secret?: string;
	readonly tunnelCert?: string;
	readonly tunnelKey?: string;
	readonly tunnelAuthority?: string;
	readonly tunnelPeer?: string;
	readonly state?: string;
	readonly sessionCountMax: number;
	readonly setupSeconds: Seconds;
	readonly leaseSeconds: Seconds;
	readonly json: boolean;
	readonly write: (text: string) => void;
	readonly note: (line: string) => void;
	readonly clock?: Clock;
};

/**
 * Runs a control server until it is interrupted; then ends every session. Prints where it listens as soon as it does. Rejects with USAGE,
 * CERTIFICATE_INVALID, LISTEN_REFUSED or OUT_REFUSED.
 */
export async function controlServer(flags: ControlServerFlags): Promise<ExitCode> {
	const {clock = realClock, dataServer, tokens, advertise, json, write, note} = flags;
	const listen = endpointOf('--listen', flags.listen);
	const certificate = pairOf(flags);
	const credentials = tunnelCredentials(flags);
	using interrupt = interruption('the control server');
	await using server = await ControlServer.start({
		listen,
		...(certificate && {certificate}),
		identify: tokens === undefined ? anonymous : identitiesFromFile(tokens, clock),
		dataHost: flags.dataHost,
		...(advertise !== undefined && {advertisedHost: advertise}),
		dataPorts: portRange(flags.dataPorts),
		factory: await loadDataServer(dataServer),
		...(credentials && {credentials}),
		stateFolder: flags.state ?? defaultState(listen.port),
		sessionCountMax: flags.sessionCountMax,
		setupSeconds: flags.setupSeconds,
		leaseSeconds: flags.leaseSeconds,
		clock,
		onNote: line => note(`${line}\n`),
	});
	const listening = formatEndpoint(server.endpoint);
	if (!tokens && !/^(?:127\.|localhost$|::1$)/.test(listen.host)) {
		note('no --tokens: whoever reaches this server may make sessions, and end those of others\n');
	}
	write(
		json ? `${JSON.stringify({listening, dataServer})}\n` : `listening at ${listening}, data server ${dataServer}\n`,
	);
	const {promise, resolve} = Promise.withResolvers<void>();
	interrupt.signal.addEventListener('abort', () => resolve(), {once: true});
	if (interrupt.signal.aborted) {
		resolve();
	}
	await promise;
	return exitCodes.fine;
}

function pairOf({serverCert, serverKey}: ControlServerFlags) {
	if (serverCert === undefined && serverKey === undefined) {
		return undefined;
	}
	if (serverCert === undefined || serverKey === undefined) {
		throw new StreambedError('USAGE', '--server-cert and --server-key: one is missing', {hint: 'give both, or none'});
	}
	return {certificateFile: serverCert, keyFile: serverKey};
}

function tunnelCredentials(flags: ControlServerFlags): SiteCredentials | undefined {
	const {secret, tunnelCert, tunnelKey, tunnelAuthority, tunnelPeer} = flags;
	const files = [tunnelCert, tunnelKey, tunnelAuthority].filter(file => file !== undefined);
	if (secret !== undefined && files.length > 0) {
		throw new StreambedError('USAGE', '--secret and --tunnel-cert: both are given, but a data server takes one');
	}
	if (secret !== undefined) {
		return {kind: 'shared-secret', secretFile: secret};
	}
	const [certificateFile, keyFile, authorityFile] = files;
	if (certificateFile === undefined) {
		return undefined;
	}
	if (keyFile === undefined || authorityFile === undefined) {
		throw new StreambedError('USAGE', '--tunnel-cert, --tunnel-key and --tunnel-authority: one is missing');
	}
	const peer = tunnelPeer === undefined ? {} : {peerName: tunnelPeer};
	return {kind: 'certificate', certificateFile, keyFile, authorityFile, ...peer};
}

function portRange(text: string): PortRange {
	const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
	const range = [Number(first), Number(last)] as const;
	if (!(range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535)) {
		throw new StreambedError('USAGE', `--data-ports: ${JSON.stringify(text)} is no range of ports`, {
			hint: 'for example 5100-5200',
		});
	}
	return range;
}

/** The same for every server at that port, so that it finds what a killed one left. */
const defaultState = (port: number): string =>
	join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), `streambed/control-server-${port}`);
