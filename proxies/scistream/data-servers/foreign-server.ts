import {join} from 'node:path';
import type {ForeignTunnelKind} from '#core/scenario/tunnel-schema.ts';
import {openCarried} from './carried-server.ts';
import type {
	DataServer,
	DataServerAddress,
	DataServerCounters,
	DataServerCredentials,
	DataServerFactory,
	DataServerKind,
	DataServerOptions,
} from './data-server.ts';
import type {ForeignPrograms} from './foreign-programs.ts';
import type {ListenPlace} from './listening.ts';
import {machinePrograms} from './program-server.ts';
import {steadyCounters} from './steady-counters.ts';

export type ForeignRoute = {readonly listen: ListenPlace; readonly target: DataServerAddress};

/** What a proxy of others needs to know to be configured. */
export type ForeignSession = Pick<DataServerOptions, 'side' | 'credentials' | 'folder'> & {
	readonly routes: readonly ForeignRoute[];
};

/** A proxy that is configured, and how it tells what it carries. */
export type PreparedProgram = {
	/** What follows its name on the command line. */
	readonly parameters: readonly string[];
	/** Called for each line that it says. */
	readonly onLine?: (line: string) => void;
	/** By the process, where it is ours. Those of open connections are read last, so that none counts twice. */
	readonly counters: (pid: number | undefined) => Promise<DataServerCounters>;
};

/**
 * A data server that is a program of others, one process a session: of this machine, or in a container of an image.
 *
 * None of them limits the rate of a session: what nginx has is for one connection, what the others have comes with later
 * versions or not at all. So a relay of ours stands in front of one that is to have a limit, and passes on to a socket in the session's folder.
 */
export function foreignServer({
	kind,
	require,
	checkCredentials,
	prepare,
	programs = machinePrograms,
}: {
	readonly kind: ForeignTunnelKind;
	/** Whether this machine has it: throws TOOL_MISSING. Not asked of an image. */
	readonly require: () => void;
	/** Throws DATA_SERVER_FAILED. */
	readonly checkCredentials: (credentials: DataServerCredentials | undefined) => void;
	/** Writes the configuration into the session's folder. */
	readonly prepare: (session: ForeignSession) => Promise<PreparedProgram>;
	readonly programs?: ForeignPrograms;
}): DataServerFactory {
	const startUnlimited = async (
		{side, credentials, folder, clock, signal}: DataServerOptions,
		routes: readonly ForeignRoute[],
	): Promise<DataServer> => {
		const session = {side, folder, routes, ...(credentials && {credentials})};
		const {parameters, onLine, counters} = await prepare(session);
		const places = routes.map(({listen}) => listen);
		const program = await programs.start({
			...{kind, parameters, folder, places, clock, signal},
			...(onLine && {onLine}),
		});
		return {
			kind,
			pids: program.pid === undefined ? [] : [program.pid],
			ended: program.ended,
			counters: steadyCounters(() => counters(program.pid)),
			[Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
		};
	};

	return {
		kind,
		async check() {
			if (programs.origin === 'machine') {
				require();
			}
		},
		async start(options) {
			checkCredentials(options.credentials);
			return options.bitsPerSecond === undefined
				? await startUnlimited(options, options.routes)
				: await startLimited(kind, {...options, bitsPerSecond: options.bitsPerSecond}, startUnlimited);
		},
	};
}

async function startLimited(
	kind: DataServerKind,
	options: DataServerOptions & Required<Pick<DataServerOptions, 'bitsPerSecond'>>,
	startUnlimited: (options: DataServerOptions, routes: readonly ForeignRoute[]) => Promise<DataServer>,
): Promise<DataServer> {
	const {routes, folder, side, bitsPerSecond, signal} = options;
	const behind = routes.map(({listen, target}, index) => ({
		listen,
		target,
		path: join(folder, `${index}.sock`),
	}));
	await using cleanup = new AsyncDisposableStack();
	const program = cleanup.use(
		await startUnlimited(
			options,
			behind.map(({path, target}) => ({listen: {path}, target})),
		),
	);
	const relay = cleanup.use(
		await openCarried(
			'relay',
			{kind: 'relay', side, bitsPerSecond, routes: behind.map(({listen, path}) => ({listen, target: {path}}))},
			signal,
		),
	);
	const resources = cleanup.move();
	return {
		kind,
		pids: [...program.pids, ...relay.pids],
		ended: Promise.race([program.ended, relay.ended]),
		counters: () => relay.counters(),
		[Symbol.asyncDispose]: () => resources.disposeAsync(),
	};
}
