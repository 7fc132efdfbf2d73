import {chmodSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {imageLaunch} from '#proxies/brokers/image-launch.ts';
import type {ServerCommand} from '#proxies/brokers/server-launch.ts';
import {serverLog} from '#proxies/brokers/until-answering.ts';
import {brokerDataBytes} from '../brokers/broker-data-bytes.ts';
import {brokerProgram, brokerSites} from '../brokers/broker-program.ts';
import {brokerSetup} from '../brokers/broker-setup.ts';
import {brokerPlaceAt} from './broker-place.ts';
import type {ContainerEnd} from './container-end.ts';
import type {Engine} from './engine.ts';
import {findNamedImage, type SiteImage} from './image.ts';
import {imageCommand} from './image-command.ts';
import {JoinedContainer} from './joined-container.ts';
import type {Manifest} from './manifest.ts';
import {makeMemoryVolume} from './memory-volume.ts';
import {runLabels} from './run-labels.ts';
import {brokerDataFolder} from './site-needs.ts';

type Options = {
	readonly engine: Engine;
	readonly scenario: Scenario;
	readonly prefix: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	readonly logFolder: string;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** A storage is formatted in some seconds; a program that needs this long hangs. Real time. */
const preparationLimitSeconds: Seconds = 60;

/**
 * The servers of brokers whose image a scenario names. Each is a container beside that of its site, in its network; the program in the
 * site's own waits until it answers and makes its topics. What the server keeps is in a volume in memory that both containers hold.
 */
export class ImageBrokers {
	readonly image: SiteImage;
	readonly sites: readonly string[];
	readonly #options: Options;
	readonly #broker: Broker;

	private constructor(options: Options, {broker, image}: {readonly broker: Broker; readonly image: SiteImage}) {
		this.#options = options;
		this.#broker = broker;
		this.image = image;
		this.sites = brokerSites(options.scenario);
	}

	/** Nothing where brokers are ours. Rejects with IMAGE_UNFIT when the image is not at the engine. */
	static async of(options: Options): Promise<ImageBrokers | undefined> {
		const {broker} = options.scenario.stack;
		if (broker?.image === undefined) {
			return undefined;
		}
		const image = await findNamedImage(options.engine, {name: broker.image, key: 'stack.broker.image'});
		return new ImageBrokers(options, {broker, image});
	}

	/** Makes room for what the server of a site keeps, as much as the scenario gives it. Gives the volume's name. */
	async makeVolume(site: string): Promise<string> {
		const {engine, labels, manifest} = this.#options;
		const name = this.#name(site, 'data');
		await makeMemoryVolume({
			...{engine, manifest, name, bytes: brokerDataBytes(this.#broker), mode: '1777'},
			labels: {...labels, [runLabels.site]: site},
			attempted: `making room for the broker at ${site}`,
		});
		return name;
	}

	/**
	 * Starts the server of a site whose links stand. Rejects with ENGINE_REFUSED or ENGINE_UNREACHABLE, with IMAGE_UNFIT when it cannot be
	 * prepared, and with TIMED_OUT when that takes too long. Whether it answers, the program that keeps it finds out.
	 */
	async start({
		site,
		address,
		joins,
		onEnd,
	}: {
		readonly site: string;
		readonly address: string;
		/** The container of the site. */
		readonly joins: string;
		/** Hears of the end of the broker's program, by what that is called. */
		readonly onEnd: (program: string, end: ContainerEnd) => void;
	}): Promise<void> {
		const {scenario, logFolder} = this.#options;
		const place = brokerPlaceAt({site, host: address});
		const setup = brokerSetup(this.#broker, {
			...{site, place, logFolder: settingsFolder},
			sliceBytes: scenario.stack.sliceBytes,
		});
		const {files, preparation, command, environment} = imageLaunch(setup);
		const ownFolder = join(logFolder, site);
		makeFolders(ownFolder);
		// Whatever our own user keeps to itself, the image's is to read it.
		chmodSync(ownFolder, 0o755);
		for (const [path, text] of Object.entries(files)) {
			const own = join(ownFolder, basename(path));
			writeFileSync(own, text);
			chmodSync(own, 0o644);
		}
		if (preparation) {
			await this.#prepare({site, joins, command: preparation, environment});
		}
		const server = await this.#run('server', {site, joins, command, environment});
		void server.ended.then(end => onEnd(brokerProgram(site), end));
	}

	async #prepare({site, ...options}: RunOptions): Promise<void> {
		const {clock, signal} = this.#options;
		const container = await this.#run('preparation', {site, ...options});
		const command = options.command.join(' ');
		const late = Promise.withResolvers<never>();
		const cancel = clock.after(preparationLimitSeconds, () =>
			late.reject(
				new StreambedError(
					'TIMED_OUT',
					`the image ${this.image.name} did not prepare the broker at ${site} in ${preparationLimitSeconds} s`,
					{hint: `it is to run ${command}, and to end`},
				),
			),
		);
		try {
			const {of, reason, exitCode} = await Promise.race([container.ended, late.promise, abortion(signal)]);
			if (of === 'engine') {
				throw new StreambedError('ENGINE_UNREACHABLE', `preparing the broker at ${site}: ${reason}`);
			}
			if (exitCode !== 0) {
				throw new StreambedError(
					'IMAGE_UNFIT',
					`the image ${this.image.name} cannot prepare the broker at ${site}: ${reason}`,
					{hint: `it is to run ${command}`},
				);
			}
		} finally {
			cancel();
		}
	}

	#run(what: 'server' | 'preparation', {site, joins, command, environment}: RunOptions): Promise<JoinedContainer> {
		const {engine, labels, manifest, logFolder} = this.#options;
		const {image} = this;
		const name = this.#name(site, what);
		manifest.add({kind: 'container', name});
		const ownFolder = join(logFolder, site);
		return JoinedContainer.start({
			...{engine, name, environment, joins, image: image.name},
			command: imageCommand(image, command),
			labels: {...labels, [runLabels.site]: site},
			mounts: [
				{source: ownFolder, target: settingsFolder, mode: 'ro'},
				{source: this.#name(site, 'data'), target: brokerDataFolder(site), mode: 'rw'},
			],
			logPath: join(ownFolder, serverLog),
			attempted: `starting the broker at ${site}, container ${name} of the image ${image.name}`,
			hints: [
				{
					pattern: /executable file not found|no such file or directory|permission denied/i,
					hint: `the image is to have ${command[0]} on its path, or to start it: see stack.broker.image`,
				},
			],
		});
	}

	/** The name of a site has no dot. */
	#name(site: string, what: string): string {
		return `${this.#options.prefix}-${site}.broker-${what}`;
	}
}

/** In the container of a server: whoever runs it there may read what lies here. */
const settingsFolder = '/run/broker-settings';

type RunOptions = {
	readonly site: string;
	readonly joins: string;
	readonly command: ServerCommand;
	readonly environment: Readonly<Record<string, string>>;
};
