import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import type {Engine} from '../docker/engine.ts';
import {engineError, hasStatus} from '../docker/engine-error.ts';
import {ForeignContainer} from '../docker/foreign-container.ts';
import {findNamedImage, type SiteImage} from '../docker/image.ts';
import type {ForeignUsageText} from '../foreign/foreign-usage.ts';
import {listeningPorts} from '../foreign/listening-ports.ts';
import type {SwarmAgentCalls} from './agent-messages.ts';

/**
 * What the agent of a foreign site does at the engine of its own node, whose socket its task has: it starts the site's program there, in a container that
 * shares the network of the task and its processes. That one ends with the task, however that ends, and is removed by the engine.
 */
export class ForeignHost {
	readonly #clock: Clock;
	readonly #container: string;
	readonly #logPath: string;
	readonly #onLost: (site: string, reason: string) => void;
	readonly #leaving = new AbortController();
	#opening: Promise<OwnEngine> | undefined;
	#starting: Promise<ForeignContainer> | undefined;

	constructor({
		clock,
		container,
		logPath,
		onLost,
	}: {
		readonly clock: Clock;
		/** That of the task, as its engine knows it. */
		readonly container: string;
		/** What the program writes goes there. */
		readonly logPath: string;
		/** Hears of a program that ended after it was ready. */
		readonly onLost: (site: string, reason: string) => void;
	}) {
		this.#clock = clock;
		this.#container = container;
		this.#logPath = logPath;
		this.#onLost = onLost;
	}

	/** Rejects with ENGINE_UNREACHABLE when there is no engine of this node at the socket, with IMAGE_UNFIT when it lacks the image. */
	async findImage(named: {readonly name: string; readonly key: string}): Promise<Pick<SiteImage, 'digest' | 'id'>> {
		const {engine} = await this.#own();
		const {digest, id} = await findNamedImage(engine, named);
		return {digest, id};
	}

	/** Resolves when it is ready; rejects as `ForeignContainer.start` does. */
	async start(
		{program, name, labels}: SwarmAgentCalls['start-foreign']['request'],
		signal: AbortSignal,
	): Promise<void> {
		const {engine, container} = await this.#own();
		this.#starting = ForeignContainer.start({
			...{engine, program, name, labels, clock: this.#clock},
			linksContainer: container,
			endsWithIt: true,
			listeningPorts: async () => [...listeningPorts(program.site, inOwnNamespace)],
			logPath: this.#logPath,
			onEnd: ({reason}) => this.#onLost(program.site, `its container ended: ${reason}`),
			signal: AbortSignal.any([signal, this.#leaving.signal]),
		});
		await this.#starting;
	}

	async usage(): Promise<Omit<ForeignUsageText, 'probe'> | undefined> {
		const usage = await (await this.#starting)?.usage();
		return usage && {...usage, atNs: `${usage.atNs}`};
	}

	/** To be waited for before this process ends: a container that is being made is started first, since one that never was would not end with us. */
	async settle(): Promise<void> {
		this.#leaving.abort();
		await Promise.allSettled([Promise.race([this.#starting, this.#clock.sleep(settleSecondsMax)])]);
	}

	#own(): Promise<OwnEngine> {
		this.#opening ??= openEngineOf(this.#container);
		return this.#opening;
	}
}

type OwnEngine = {
	readonly engine: Engine;
	/** That of the task, by its whole id. */
	readonly container: string;
};

async function openEngineOf(task: string): Promise<OwnEngine> {
	// Its client takes a second to load: only foreign sites pay.
	const {openEngine} = await import('../docker/engine.ts');
	const engine = await openEngine();
	try {
		const {Id: container} = await engine.getContainer(task).inspect();
		return {engine, container};
	} catch (cause) {
		if (!hasStatus(cause, 404)) {
			throw engineError('looking for the own task', cause);
		}
		throw new StreambedError(
			'ENGINE_UNREACHABLE',
			`the container engine at ${process.env.DOCKER_HOST} is not that of this node: it knows nothing of this task`,
			{cause},
		);
	}
}

const settleSecondsMax: Seconds = 2;
