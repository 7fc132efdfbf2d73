import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {ControlServer, type ControlServerOptions} from '#proxies/scistream/control/control-server.ts';
import {anonymous} from '#proxies/scistream/control/identities.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {formatEndpoint} from '#proxies/scistream/endpoint.ts';

export type TestServer = AsyncDisposable & {
	readonly address: string;
	readonly stateFolder: string;
	readonly notes: readonly string[];
};

/** A control server of ours on loopback with a folder of its own, at any free port. */
export async function startControlServer(options: Partial<ControlServerOptions> = {}): Promise<TestServer> {
	await using cleanup = new AsyncDisposableStack();
	const folder = options.stateFolder ?? mkdtempSync(join(tmpdir(), 'streambed-test-'));
	if (options.stateFolder === undefined) {
		cleanup.defer(() => rmSync(folder, {recursive: true, force: true}));
	}
	const notes: string[] = [];
	const server = cleanup.use(
		await ControlServer.start({
			listen: {host: '127.0.0.1', port: 0},
			identify: anonymous,
			dataHost: '127.0.0.1',
			dataPorts: [21_000, 21_099],
			factory: options.factory ?? (await loadDataServer('relay')),
			stateFolder: join(folder, 'state'),
			sessionCountMax: 4096,
			setupSeconds: 180,
			leaseSeconds: 3600,
			clock: realClock,
			onNote: note => notes.push(note),
			...options,
		}),
	);
	const resources = cleanup.move();
	return {
		address: formatEndpoint(server.endpoint),
		stateFolder: options.stateFolder ?? join(folder, 'state'),
		notes,
		[Symbol.asyncDispose]: () => resources.disposeAsync(),
	};
}

/** A producing application: sends its name to whoever connects, then what it hears. */
export async function startApplication(
	name: string,
	host = '127.0.0.1',
): Promise<AsyncDisposable & {readonly address: string}> {
	const sockets = new Set<Socket>();
	const server: Server = createServer(socket => {
		sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
		socket.write(name);
		socket.pipe(socket);
	});
	const {promise, resolve} = Promise.withResolvers<void>();
	server.listen(0, host, () => resolve());
	await promise;
	const address = server.address();
	return {
		address: `${host}:${typeof address === 'object' ? address?.port : ''}`,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) {
				socket.destroy();
			}
			server.close();
		},
	};
}

/** Descriptors of this process that are open. */
export const openDescriptorCount = (): number => readdirSync('/proc/self/fd').length;

/** A self-signed certificate of a gateway, as PEM files and text. Valid for a day before and after now, unless told otherwise. */
export function makeCertificate(
	folder: string,
	{
		names = ['IP:127.0.0.1', 'DNS:localhost'],
		fromSeconds = -daySeconds,
		untilSeconds = daySeconds,
	}: CertificateWishes = {},
): {readonly certificateFile: string; readonly keyFile: string; readonly pem: string} {
	const base = mkdtempSync(join(folder, 'certificate-'));
	const openssl = (...parameters: readonly string[]) => execFileSync('openssl', parameters, {cwd: base, stdio: 'pipe'});
	// Only `ca` takes both dates, and it wants a configuration and a database of its own.
	writeFileSync(join(base, 'ca.cnf'), authorityConfiguration(names));
	writeFileSync(join(base, 'index.txt'), '');
	openssl('req', '-new', ...ellipticKey, '-subj', '/CN=gateway', '-keyout', 'server.key', '-out', 'server.csr');
	const dates = ['-startdate', opensslDate(fromSeconds), '-enddate', opensslDate(untilSeconds)];
	const files = ['-keyfile', 'server.key', '-in', 'server.csr', '-out', 'server.crt', '-config', 'ca.cnf'];
	openssl('ca', '-batch', '-notext', '-selfsign', '-create_serial', ...files, ...dates);
	const certificateFile = join(base, 'server.crt');
	return {certificateFile, keyFile: join(base, 'server.key'), pem: readFileSync(certificateFile, 'utf8')};
}

const ellipticKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const opensslDate = (fromNowSeconds: Seconds): string =>
	`${new Date(realClock.wallMs() + fromNowSeconds * 1000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;

const authorityConfiguration = (names: readonly string[]): string => `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = ${names.join(',')}
`;

type CertificateWishes = {
	/** As openssl writes them: `IP:127.0.0.1`, `DNS:localhost`. */
	readonly names?: readonly string[];
	/** From now; negative: in the past. */
	readonly fromSeconds?: Seconds;
	readonly untilSeconds?: Seconds;
};

const daySeconds: Seconds = 86_400;
