import {chmodSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {abortion} from '#core/abortion.ts';
import type {DataServerCommand, DataServerEvent} from '#core/control/tunnel-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {endProcess} from '#core/processes.ts';
import {processesNaming} from '#core/processes-naming.ts';
import type {Seconds} from '#core/units.ts';
import type {ForeignPrograms, ProgramOptions, ProgramServer} from './foreign-programs.ts';
import {listenedAt} from './listening.ts';
import {placeText} from './place-text.ts';
import {untilListening} from './until-listening.ts';

/**
 * The proxies of an image, each in a container that the harness starts when it is asked to. They share the gateway's network and its
 * processes, and the folder of their session: they are seen, counted and ended here, and only their containers come and go there.
 */
export class ContainerPrograms implements ForeignPrograms {
	readonly origin = 'image';
	readonly #say: (event: DataServerEvent) => void;
	readonly #servers = new Map<string, Server>();
	#count = 0;

	constructor(say: (event: DataServerEvent) => void) {
		this.#say = say;
	}

	/** What the harness answers; of a server that is forgotten, nothing matters any more. */
	hear(command: DataServerCommand): void {
		const server = this.#servers.get(command.server);
		switch (command.kind) {
			case 'data-server-started':
				server?.started.resolve();
				return;
			case 'data-server-refused': {
				const {message, hint} = command;
				server?.started.reject(new StreambedError('DATA_SERVER_FAILED', message, hint === undefined ? {} : {hint}));
				server?.closed.resolve(message);
				return;
			}
			case 'data-server-said':
				server?.onLine?.(command.line);
				return;
			case 'data-server-ended':
				server?.closed.resolve(command.reason);
				return;
			default:
				command satisfies never;
		}
	}

	async start({kind, parameters, folder, places, onLine, clock, signal}: ProgramOptions): Promise<ProgramServer> {
		signal.throwIfAborted();
		const [taken] = await listenedAt(places);
		if (taken !== undefined) {
			const where = 'path' in taken ? taken.path : placeText(taken);
			throw new StreambedError('DATA_SERVER_FAILED', `${kind} cannot listen at ${where}: something does already`);
		}
		openToAll(folder);
		const name = `${++this.#count}`;
		const server: Server = {started: Promise.withResolvers(), closed: Promise.withResolvers(), onLine};
		server.started.promise.catch(() => {});
		this.#servers.set(name, server);
		let leaving = false;
		await using cleanup = new AsyncDisposableStack();
		cleanup.defer(async () => {
			leaving = true;
			await this.#end(name, {kind, folder, closed: server.closed.promise, clock});
		});
		this.#say({
			kind: 'data-server-wanted',
			...{server: name, command: [kind, ...parameters], isHeard: onLine !== undefined},
		});
		const closed = server.closed.promise;
		await Promise.race([server.started.promise, abortion(signal)]);
		const isListening = async () => (await listenedAt(places)).length === places.length;
		await untilListening({kind, isListening, closed, clock, signal});
		const ended = Promise.withResolvers<{readonly reason: string}>();
		void closed.then(reason => {
			if (!leaving) {
				ended.resolve({reason});
			}
		});
		const resources = cleanup.move();
		return {pid: undefined, ended: ended.promise, [Symbol.asyncDispose]: () => resources.disposeAsync()};
	}

	/** Rejects with TIMED_OUT when the harness does not say in time that the container is gone. */
	async #end(
		name: string,
		{
			kind,
			folder,
			closed,
			clock,
		}: Pick<ProgramOptions, 'kind' | 'folder' | 'clock'> & {readonly closed: Promise<string>},
	): Promise<void> {
		await Promise.all(processesNaming(`${folder}/`).map(pid => endProcess(pid, {clock})));
		this.#say({kind: 'data-server-unwanted', server: name});
		const enough = new AbortController();
		const late = clock.sleep(endLimitSeconds, enough.signal).then(() => {
			throw new StreambedError('TIMED_OUT', `the container of ${kind} was not gone after ${endLimitSeconds} s`);
		});
		try {
			await Promise.race([closed, late]);
		} finally {
			enough.abort();
			late.catch(() => {});
			this.#servers.delete(name);
		}
	}
}

type Server = {
	readonly started: PromiseWithResolvers<void>;
	/** Resolves with why it ended. */
	readonly closed: PromiseWithResolvers<string>;
	readonly onLine: ((line: string) => void) | undefined;
};

/** Whoever runs the proxy in its image is to read its configuration and its key, and to make its sockets beside them. */
function openToAll(folder: string): void {
	chmodSync(folder, 0o777);
	for (const entry of readdirSync(folder, {withFileTypes: true})) {
		if (entry.isFile()) {
			chmodSync(join(folder, entry.name), 0o644);
		}
	}
}

/** As long as a session may take: one that is given up waits for its start. */
const endLimitSeconds: Seconds = 60;
