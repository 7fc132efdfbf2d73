import {once} from 'node:events';
import type {Clock} from '#core/clock.ts';
import {AwaitedText} from '../foreign/awaited-text.ts';
import {endedEarly} from '../foreign/ended-early.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import {untilReady} from '../foreign/until-ready.ts';
import type {ContainerEnd} from './container-end.ts';
import type {Engine} from './engine.ts';
import {atEngine} from './engine-error.ts';
import {JoinedContainer} from './joined-container.ts';

/**
 * The program of a foreign site, in a container of its own image that has no right beyond the usual ones. Its network is that of another
 * container, whose agent holds the links: nothing is asked of the image, neither a shell nor `tc`.
 */
export class ForeignContainer {
	readonly #engine: Engine;
	readonly #name: string;
	readonly #program: ForeignProgram;
	readonly #clock: Clock;
	readonly #awaited: AwaitedText | undefined;
	#isReady = false;

	private constructor({engine, name, program, clock}: Pick<StartOptions, 'engine' | 'name' | 'program' | 'clock'>) {
		this.#engine = engine;
		this.#name = name;
		this.#program = program;
		this.#clock = clock;
		this.#awaited = program.ready.kind === 'log' ? new AwaitedText(program.ready.text) : undefined;
	}

	/** Resolves when it is ready. Rejects with ENGINE_REFUSED, with NODE_LOST and its last lines when it ended first, or with TIMED_OUT. */
	static async start(options: StartOptions): Promise<ForeignContainer> {
		const {engine, name, labels, linksContainer, endsWithIt = false, program, listeningPorts, logPath} = options;
		const {onEnd, clock, signal} = options;
		const {site, image = '', command, environment, port, ready} = program;
		const foreign = new ForeignContainer(options);
		const container = await JoinedContainer.start({
			...{engine, name, image, environment, labels, joins: linksContainer, logPath},
			...{sharesProcesses: endsWithIt, removedAtEnd: endsWithIt},
			...(command && {command}),
			onText: text => foreign.#awaited?.hear(text),
			attempted: `starting the foreign program at ${site}, container ${name} of the image ${image}`,
			hints: [
				{
					pattern: /executable file not found|no such file or directory|permission denied/i,
					hint: `see topology.sites.${site}.command: the image starts no such program`,
				},
				{
					pattern: /no command specified/i,
					hint: `the image names no program: write one in topology.sites.${site}.command`,
				},
			],
		});
		const ended = container.ended.then(end => {
			if (foreign.#isReady) {
				onEnd(end);
			}
			throw endedEarly({site, reason: end.reason});
		});
		ended.catch(() => {});
		await untilReady({
			...{program, clock, signal, ended},
			lastLines: () => container.lastLines,
			async isReady() {
				switch (ready.kind) {
					case 'port':
						return (await listeningPorts(signal)).includes(port);
					case 'log':
						return foreign.#awaited?.isFound ?? false;
					case 'command':
						return await foreign.#succeeds(ready.command);
					default:
						return ready satisfies never;
				}
			},
		});
		foreign.#isReady = true;
		return foreign;
	}

	/** As its engine counts; the probe is another's. Nothing where the engine does not tell, as of a container that has just ended. */
	async usage(): Promise<Omit<ForeignUsage, 'probe'> | undefined> {
		const asking = this.#engine.getContainer(this.#name).stats({stream: false, 'one-shot': true});
		const {cpu_stats, memory_stats} = await atEngine(`asking what ${this.#name} uses`, asking);
		const {usage, stats} = memory_stats as MemoryTold;
		if (usage === undefined) {
			return undefined;
		}
		const {inactive_file, total_inactive_file} = stats ?? {};
		return {
			site: this.#program.site,
			atNs: this.#clock.nowNs(),
			cpuSeconds: cpu_stats.cpu_usage.total_usage / 1e9,
			// What the kernel keeps of files only as long as nobody wants the room is not the program's.
			memoryBytes: Math.max(0, usage - (total_inactive_file ?? inactive_file ?? 0)),
		};
	}

	async #succeeds(command: readonly string[]): Promise<boolean> {
		const execution = await this.#engine
			.getContainer(this.#name)
			.exec({Cmd: [...command], AttachStdout: true, AttachStderr: true});
		const stream = await execution.start({});
		stream.resume();
		await once(stream, 'close');
		return (await execution.inspect()).ExitCode === 0;
	}
}

type StartOptions = {
	readonly engine: Engine;
	readonly program: ForeignProgram;
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	/** The container whose network it shares. */
	readonly linksContainer: string;
	/** It ends with that container, whatever becomes of it, and is removed by the engine then. */
	readonly endsWithIt?: boolean;
	/** At which something listens in that network. */
	readonly listeningPorts: (signal: AbortSignal) => Promise<readonly number[]>;
	/** What it writes goes there. */
	readonly logPath: string;
	/** Hears of an end after it was ready. */
	readonly onEnd: (end: ContainerEnd) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** An engine leaves out what it does not know, whatever its client's types say. */
type MemoryTold = {
	readonly usage?: number;
	readonly stats?: {readonly inactive_file?: number; readonly total_inactive_file?: number};
};
