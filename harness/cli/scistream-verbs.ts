import {Argument, type Command, type Option} from 'commander';
import {type ExitCode, StreambedError} from '#core/errors.ts';
import {dataServerKinds} from '#proxies/scistream/data-servers/data-server.ts';
import type {ControlAccess} from './control-access.ts';
import type {ControlServerFlags} from './control-server.ts';
import {failureObject} from './failure-object.ts';
import {flag, json, quantity, repeated, wholeNumber} from './flags.ts';
import type {RequestFlags} from './request.ts';

type Verbs = {
	readonly done: (exitCode: ExitCode) => void;
	readonly write: (text: string) => void;
	/** For what is not the result. */
	readonly note: (text: string) => void;
};

/** Adds the verbs of streams between two sites: a gateway's control server, and the client that asks it. */
export function addScistreamVerbs(program: Command, {done, write, note}: Verbs): void {
	/** What fails is one JSON object as well, where that is asked for. */
	const told = async (asJson: boolean, act: () => Promise<ExitCode>): Promise<ExitCode> => {
		try {
			return await act();
		} catch (error) {
			const failure = asJson ? failureObject(error) : undefined;
			if (failure) {
				write(`${JSON.stringify({error: failure})}\n`);
			}
			throw error;
		}
	};

	const controlServer = program
		.command('control-server')
		.description('the control server of a gateway (SciStream’s S2CS); runs until it is interrupted');
	for (const option of controlServerOptions()) {
		controlServer.addOption(option);
	}
	controlServer.action(async ({setupLimit, lease, sessions, ...options}: ServerOptions) => {
		const {controlServer: serve} = await import('./control-server.ts');
		const flags = {...options, sessionCountMax: sessions, setupSeconds: setupLimit, leaseSeconds: lease, write, note};
		done(await told(options.json, () => serve(flags)));
	});

	withAccess(program.command('request'))
		.description('set up one side of a stream between two sites, or both')
		.addArgument(new Argument('<side>', 'the producer’s (inbound), the consumer’s (outbound)').choices(sides))
		.addOption(repeated('--target <host:port>', 'where the side connects to; can be given several times'))
		.addOption(
			flag('--num-conn <n>', 'listeners, one a connection')
				.argParser(wholeNumber({least: 1}))
				.default(1),
		)
		.addOption(flag('--rate <rate>', 'limit over all connections; none without it').argParser(quantity('rate')))
		.addOption(flag('--uid <uid>', 'names the stream at both sites; without it a random one'))
		.addOption(json())
		.action(async (side: RequestFlags['side'], options: ClientOptions & RequestOptions) => {
			const {request} = await import('./request.ts');
			const {target, numConn, rate = 0, uid} = options;
			const consumer = consumerAccess(options);
			const ask = async () =>
				await request({
					side,
					access: producerAccess(options),
					...(consumer && {consumerAccess: consumer}),
					targets: target,
					...(uid !== undefined && {uid}),
					connectionCount: numConn,
					rateMegabitsPerSecond: wholeMegabits(rate),
					json: options.json,
					write,
				});
			done(await told(options.json, ask));
		});

	withAccess(program.command('release'))
		.description('end a stream at the control servers that are named')
		.argument('<uid>', 'the stream')
		.addOption(json())
		.action(async (uid: string, options: ClientOptions) => {
			const {release} = await import('./release.ts');
			const accesses = [producerAccess(options), consumerAccess(options)].filter(access => access !== undefined);
			done(await release({uid, accesses, json: options.json, write}));
		});

	withAccess(program.command('status'), {both: false})
		.description('your streams at a control server: state, bytes, rates, lease')
		.argument('[uid]', 'only this stream')
		.addOption(json())
		.action(async (uid: string | undefined, options: ClientOptions) => {
			const {status} = await import('./status.ts');
			done(await told(options.json, () => status({uid, access: producerAccess(options), json: options.json, write})));
		});
}

type ServerOptions = Omit<
	ControlServerFlags,
	'sessionCountMax' | 'setupSeconds' | 'leaseSeconds' | 'write' | 'note'
> & {
	readonly sessions: number;
	readonly setupLimit: number;
	readonly lease: number;
};

type ClientOptions = {
	readonly s2cs: string;
	readonly serverCert?: string;
	readonly tokenFile?: string;
	readonly consumerS2cs?: string;
	readonly consumerServerCert?: string;
	readonly consumerTokenFile?: string;
	readonly timeout: number;
	readonly json: boolean;
};

type RequestOptions = {
	readonly target: readonly string[];
	readonly numConn: number;
	readonly rate?: number;
	readonly uid?: string;
};

function controlServerOptions(): readonly Option[] {
	return [
		flag('--listen <host:port>', 'where clients reach it').default('127.0.0.1:5000'),
		flag('--data-server <kind>', 'what carries the bytes').choices(dataServerKinds).default('relay'),
		flag('--data-host <host>', 'where data servers listen').default('127.0.0.1'),
		flag('--advertise <host>', 'what clients are told instead, where addresses are translated'),
		flag('--data-ports <first-last>', 'the ports of data servers').default('5100-5200'),
		flag('--server-cert <file>', 'PEM certificate of this server; without it the control channel is plain'),
		flag('--server-key <file>', 'its key'),
		flag('--tokens <file>', 'who may call: lines of “name token [last day]”; without it, everybody'),
		flag('--secret <file>', 'what both sites share (32 bytes or more): each stream gets a key made from it'),
		flag('--tunnel-cert <file>', 'PEM certificate of this site’s data servers, for mtls'),
		flag('--tunnel-key <file>', 'its key'),
		flag('--tunnel-authority <file>', 'the authority behind the other site’s certificate'),
		flag('--tunnel-peer <name>', 'the name in the other site’s certificate'),
		flag('--state <dir>', 'where sessions are noted, so that a crash leaves nothing; by port without it'),
		flag('--sessions <n>', 'at most so many at once')
			.argParser(wholeNumber({least: 1}))
			.default(4096),
		duration('--setup-limit <time>', 'how long a request waits for its hello').default(180, '180s'),
		duration('--lease <time>', 'how long a stream without traffic and connections stays').default(3600, '1h'),
		json(),
	];
}

function withAccess(command: Command, {both}: {readonly both: boolean} = {both: true}): Command {
	command
		.addOption(flag('--s2cs <host:port>', 'the control server').default('127.0.0.1:5000'))
		.addOption(flag('--server-cert <file>', 'its certificate, when it speaks TLS'))
		.addOption(flag('--token-file <file>', 'a file with your token; or set STREAMBED_TOKEN'))
		.addOption(duration('--timeout <time>', 'how long each call may take').default(5, '5s'));
	if (both) {
		command
			.addOption(flag('--consumer-s2cs <host:port>', 'the consumer’s control server, when both are meant'))
			.addOption(flag('--consumer-server-cert <file>', 'its certificate'))
			.addOption(flag('--consumer-token-file <file>', 'your token there; or set STREAMBED_CONSUMER_TOKEN'));
	}
	return command;
}

const duration = (definition: string, description: string): Option =>
	flag(definition, description).argParser(quantity('duration'));

function producerAccess({s2cs, serverCert, tokenFile, timeout}: ClientOptions): ControlAccess {
	return {
		s2cs,
		...(serverCert !== undefined && {serverCert}),
		...(tokenFile !== undefined && {tokenFile}),
		token: process.env.STREAMBED_TOKEN,
		timeoutSeconds: timeout,
	};
}

function consumerAccess(options: ClientOptions): ControlAccess | undefined {
	const {consumerS2cs, consumerServerCert, consumerTokenFile, timeout} = options;
	if (consumerS2cs === undefined) {
		return undefined;
	}
	return {
		s2cs: consumerS2cs,
		...(consumerServerCert !== undefined && {serverCert: consumerServerCert}),
		...(consumerTokenFile !== undefined && {tokenFile: consumerTokenFile}),
		token: process.env.STREAMBED_CONSUMER_TOKEN,
		timeoutSeconds: timeout,
	};
}

function wholeMegabits(bitsPerSecond: number): number {
	if (bitsPerSecond % 1e6 !== 0) {
		throw new StreambedError('USAGE', '--rate: SciStream counts in whole Mbit/s', {hint: 'for example 200Mbit/s'});
	}
	return bitsPerSecond / 1e6;
}

const sides = ['inbound', 'outbound', 'both'] as const;
