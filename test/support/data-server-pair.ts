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
	/** Where the inbound side listens for the outbound one. */
	readonly betweenPort: number;
	/** How long each took from being asked to listening. */
	readonly startMs: readonly number[];
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
		settle,
	}: {
		readonly target: DataServerAddress;
		readonly bitsPerSecond?: BitsPerSecond;
		/** Without it, what the kind wants is made. */
		readonly credentials?: Partial<Record<'inbound' | 'outbound', DataServerCredentials>>;
		/** Waits between asking whether it can be done and doing it, as a control server does. */
		readonly settle?: () => Promise<void>;
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
		{host: loopback, port: await freePort()},
		{host: loopback, port: await freePort()},
	];
	const shared = {
		...(bitsPerSecond === undefined ? {} : {bitsPerSecond}),
		signal: AbortSignal.timeout(60_000),
		clock: realClock,
	};
	await factory.check();
	await settle?.();
	const startNs = [realClock.nowNs()];
	const inbound = cleanup.use(
		await factory.start({
			...shared,
			side: 'inbound',
			routes: [{listen: between, target}],
			folder: inboundFolder,
			...(inboundKeys && {credentials: inboundKeys}),
		}),
	);
	startNs.push(realClock.nowNs());
	await factory.check();
	await settle?.();
	startNs.push(realClock.nowNs());
	const outbound = cleanup.use(
		await factory.start({
			...shared,
			side: 'outbound',
			routes: [{listen: front, target: between}],
			folder: outboundFolder,
			...(outboundKeys && {credentials: outboundKeys}),
		}),
	);
	startNs.push(realClock.nowNs());
	const startMs = [startNs.slice(0, 2), startNs.slice(2)].map(([from = 0n, to = 0n]) => Number(to - from) / 1e6);
	const resources = cleanup.move();
	return {
		inbound,
		outbound,
		port: front.port,
		betweenPort: between.port,
		startMs,
		[Symbol.asyncDispose]: () => resources.disposeAsync(),
	};
}
