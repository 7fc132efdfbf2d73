import {join} from 'node:path';
import type {NodeEvent} from '#core/control/messages.ts';
import type {DataServerCommand, DataServerEvent} from '#core/control/tunnel-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes} from '#core/units.ts';
import type {Engine} from './engine.ts';
import type {SiteImage} from './image.ts';
import {imageCommand} from './image-command.ts';
import {JoinedContainer} from './joined-container.ts';
import type {Manifest} from './manifest.ts';
import {makeMemoryVolume} from './memory-volume.ts';
import type {RunAtEngine} from './run-at-engine.ts';
import {runLabels} from './run-labels.ts';
import {dataServersFolder} from './site-needs.ts';

type Options = {
	readonly engine: Engine;
	readonly scenario: Scenario;
	readonly image: SiteImage;
	readonly prefix: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	readonly logFolder: string;
	readonly run: Pick<RunAtEngine, 'make'>;
};

/**
 * The data servers of gateways whose image a scenario names. Each is a container beside that of its gateway, in its network and among its
 * processes; the gateway asks for it when a session begins, and it is removed when the session ends.
 */
export class ImageServers implements Disposable {
	/** The gateways. */
	readonly sites: readonly string[];
	readonly #options: Options;
	readonly #left = new Set<string>();
	/** Each that was asked for and is not gone, by its name. */
	readonly #standing = new Map<string, Server>();
	#isOver = false;

	constructor(options: Options) {
		this.#options = options;
		this.sites = Object.entries(options.scenario.topology.sites).flatMap(([site, {role}]) =>
			role === 'gateway' ? [site] : [],
		);
	}

	/** Makes the folder that a gateway shares with its data servers. Gives the volume's name. */
	async makeVolume(site: string): Promise<string> {
		const {engine, manifest} = this.#options;
		const name = this.#volume(site);
		await makeMemoryVolume({
			...{engine, manifest, name, bytes: sharedBytes, mode: '0711', labels: this.#labels(site)},
			attempted: `making the folder for the data servers of ${site}`,
		});
		return name;
	}

	/** Whether an event was for this alone. What comes of it, the gateway is told. */
	hear({
		site,
		event,
		answer,
	}: {
		readonly site: string;
		readonly event: NodeEvent;
		readonly answer: (command: DataServerCommand) => void;
	}): boolean {
		switch (event.kind) {
			case 'data-server-wanted':
				void this.#serve(site, {...event, answer});
				return true;
			case 'data-server-unwanted':
				void this.#remove(this.#name(site, event.server));
				return true;
			default:
				return false;
		}
	}

	/** A gateway's program has ended: its data servers go as they would with it. */
	leave(site: string): void {
		this.#left.add(site);
		for (const [name, server] of this.#standing) {
			if (server.site === site) {
				void this.#remove(name);
			}
		}
	}

	/** From now on none begins; those that stand go with all that carries the run's label. */
	[Symbol.dispose](): void {
		this.#isOver = true;
	}

	/** Never rejects: what is wrong, the gateway is told. */
	async #serve(site: string, {server, answer, ...wanted}: Wanted): Promise<void> {
		const name = this.#name(site, server);
		const onErrorLine = (line: string) => answer({kind: 'data-server-said', server, line});
		const starting = this.#start(site, {name, server, command: wanted.command, ...(wanted.isHeard && {onErrorLine})});
		this.#standing.set(name, {site, starting});
		try {
			const container = await starting;
			answer({kind: 'data-server-started', server});
			const {reason} = await container.ended;
			await this.#discard(name);
			answer({kind: 'data-server-ended', server, reason});
		} catch (error) {
			await this.#discard(name);
			answer({kind: 'data-server-refused', server, ...toldOf(error)});
		} finally {
			this.#standing.delete(name);
		}
	}

	async #start(
		site: string,
		{
			name,
			server,
			command,
			...hearing
		}: Pick<Wanted, 'server' | 'command'> & {readonly name: string; readonly onErrorLine?: (line: string) => void},
	): Promise<JoinedContainer> {
		const {engine, image, prefix, manifest, logFolder, run} = this.#options;
		if (this.#isOver || this.#left.has(site)) {
			throw new StreambedError('NODE_LOST', `no data server begins at ${site} any more`);
		}
		manifest.add({kind: 'container', name});
		const ownFolder = join(logFolder, site);
		makeFolders(ownFolder);
		const folder = dataServersFolder(site);
		return await run.make(
			JoinedContainer.start({
				// By what is in it: a name may come to mean another image while a run lasts.
				...{engine, name, environment: {}, image: image.digest, ...hearing},
				command: imageCommand(image, command),
				labels: this.#labels(site),
				...{joins: `${prefix}-${site}`, sharesProcesses: true},
				mounts: [{source: this.#volume(site), target: folder, mode: 'rw'}],
				logPath: join(ownFolder, `data-server-${server}.log`),
				attempted: `starting a data server at ${site}, container ${name} of the image ${image.name}`,
				hints: [
					{
						pattern: /executable file not found|no such file or directory|permission denied/i,
						hint: `the image is to have ${command[0]} on its path, or to start it: see stack.tunnel.image`,
					},
				],
			}),
		);
	}

	/** Ends one that was asked for, once it has been started. */
	async #remove(name: string): Promise<void> {
		await this.#standing.get(name)?.starting.catch(() => {});
		await this.#discard(name);
	}

	/** Removes one that is of this run: what had the name before stays. */
	async #discard(name: string): Promise<void> {
		const {engine, labels} = this.#options;
		const container = engine.getContainer(name);
		try {
			const {Config} = await container.inspect();
			if (Config.Labels[runLabels.run] === labels[runLabels.run]) {
				await container.remove({force: true, v: true});
			}
		} catch {
			// It is gone, or cannot be removed now: what carries the run's label is looked for again at the end of the variant.
		}
	}

	#labels(site: string): Readonly<Record<string, string>> {
		return {...this.#options.labels, [runLabels.site]: site};
	}

	/** The name of a site has no dot. */
	#name(site: string, server: string): string {
		return `${this.#options.prefix}-${site}.${server}.data-server`;
	}

	#volume(site: string): string {
		return `${this.#options.prefix}-${site}.data-servers`;
	}
}

type Server = {readonly site: string; readonly starting: Promise<JoinedContainer>};

type Wanted = Omit<Extract<DataServerEvent, {kind: 'data-server-wanted'}>, 'kind'> & {
	readonly answer: (command: DataServerCommand) => void;
};

function toldOf(error: unknown): {readonly message: string; readonly hint?: string} {
	const message = error instanceof Error ? error.message : String(error);
	const hint = error instanceof StreambedError ? error.hint : undefined;
	return {message, ...(hint !== undefined && {hint})};
}

/** A session has some kilobytes of settings; a gateway has 4096 sessions at most. */
const sharedBytes: Bytes = 64 * 1024 ** 2;
