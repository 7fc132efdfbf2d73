import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {realClock} from '#core/clock.ts';
import type {BitsPerSecond} from '#core/units.ts';
import type {
	DataServer,
	DataServerAddress,
	DataServerCredentials,
	DataServerFactory,
} from '#proxies/scistream/data-servers/data-server.ts';
import {makeAuthority} from './certificates.ts';

export const loopback = '127.0.0.1';

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>(resolve => server.listen(0, loopback, resolve));
	const address = server.address();
	await new Promise(resolve => server.close(resolve));
	return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

export type DataServerPair = AsyncDisposable & {
	readonly inbound: DataServer;
	readonly outbound: DataServer;
	/** Where a consumer connects to. */
	readonly port: number;
};

/** The credentials that a kind of data server wants, made in a folder. */
export async function credentialsFor(
	kind: DataServerFactory['kind'],
	folder: string,
): Promise<Partial<Record<'inbound' | 'outbound', DataServerCredentials>>> {
	if (kind === 'mtls') {
		const authority = await makeAuthority(folder, 'authority');
		return {inbound: await authority.sign('producer.test'), outbound: await authority.sign('consumer.test')};
	}
	if (kind === 'stunnel') {
		const presharedKeyFile = join(folder, 'psk');
		await writeFile(presharedKeyFile, `session:${'5c'.repeat(32)}\n`, {mode: 0o600});
		const key = {presharedKeyFile, identity: 'session'};
		return {inbound: key, outbound: key};
	}
	return {};
}

/** consumer → outbound → inbound → target. */
export async function startPair(
	factory: DataServerFactory,
	{
		target,
		bitsPerSecond,
		credentials,
		host = loopback,
	}: {
		readonly target: DataServerAddress;
		readonly bitsPerSecond?: BitsPerSecond;
		/** Without it, what the kind wants is made. */
		readonly credentials?: Partial<Record<'inbound' | 'outbound', DataServerCredentials>>;
		readonly host?: string;
	},
): Promise<DataServerPair> {
	await using cleanup = new AsyncDisposableStack();
	const folders = await Promise.all(
		['inbound', 'outbound', 'credentials'].map(name => mkdtemp(join(tmpdir(), `streambed-${name}-`))),
	);
	cleanup.defer(async () => {
		await Promise.all(folders.map(folder => rm(folder, {recursive: true})));
	});
	const [inboundFolder = '', outboundFolder = '', credentialsFolder = ''] = folders;
	const {inbound: inboundKeys, outbound: outboundKeys} =
		credentials ?? (await credentialsFor(factory.kind, credentialsFolder));
	const [between, front] = [
		{host, port: await freePort()},
		{host, port: await freePort()},
	];
	const shared = {
		...(bitsPerSecond === undefined ? {} : {bitsPerSecond}),
		signal: AbortSignal.timeout(60_000),
		clock: realClock,
	};
	await factory.check();
	const inbound = cleanup.use(
		await factory.start({
			...shared,
			side: 'inbound',
			routes: [{listen: between, target}],
			folder: inboundFolder,
			...(inboundKeys && {credentials: inboundKeys}),
		}),
	);
	const outbound = cleanup.use(
		await factory.start({
			...shared,
			side: 'outbound',
			routes: [{listen: front, target: between}],
			folder: outboundFolder,
			...(outboundKeys && {credentials: outboundKeys}),
		}),
	);
	const resources = cleanup.move();
	return {inbound, outbound, port: front.port, [Symbol.asyncDispose]: () => resources.disposeAsync()};
}
