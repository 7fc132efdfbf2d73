import {once} from 'node:events';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import type {Clock} from '#core/clock.ts';
import {LastLines} from '#core/last-lines.ts';
import {endedEarly} from '../foreign/ended-early.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import {openLog} from '../foreign/open-log.ts';
import {untilReady} from '../foreign/until-ready.ts';
import type {AgentConnection} from './agent-connection.ts';
import {type ContainerEnd, endOf} from './container-end.ts';
import type {Engine} from './engine.ts';
import {atEngine, engineError} from './engine-error.ts';
import {logLimits} from './log-limits.ts';
import {separateOutputs} from './separate-outputs.ts';

/**
 * The program of a foreign site, in a container of its own image that has no right beyond the usual ones. Its network is that of another
 * container, whose agent holds the links: nothing is asked of the image, neither a shell nor `tc`.
 */
export class ForeignContainer {
	readonly #engine: Engine;
	readonly #name: string;
	readonly #program: ForeignProgram;
	readonly #clock: Clock;
	readonly #said = {text: '', found: false};
	readonly #ended = Promise.withResolvers<never>();
	#isReady = false;

	private constructor({engine, name, program, clock}: Pick<StartOptions, 'engine' | 'name' | 'program' | 'clock'>) {
		this.#engine = engine;
		this.#name = name;
		this.#program = program;
		this.#clock = clock;
		this.#ended.promise.catch(() => {});
	}

	/**
	 * Resolves when it is ready. Rejects with ENGINE_REFUSED, with NODE_LOST and its last lines when it ended first, or with TIMED_OUT.
	 * What it writes goes into `<logFolder>/<site>.log`.
	 */
	static async start(options: StartOptions): Promise<ForeignContainer> {
		const {engine, name, program, agent, clock, signal} = options;
		const {site, image = '', port, ready} = program;
		const foreign = new ForeignContainer(options);
		const hints = [
			{
				pattern: /executable file not found|no such file or directory|permission denied/i,
				hint: `see topology.sites.${site}.command: the image starts no such program`,
			},
			{
				pattern: /no command specified/i,
				hint: `the image names no program: write one in topology.sites.${site}.command`,
			},
		];
		let lastLines: LastLines;
		try {
			const container = await engine.createContainer(creation(options));
			const stream = await container.attach({stream: true, stdout: true, stderr: true});
			lastLines = foreign.#listen(stream as Duplex, options);
			await container.start();
		} catch (cause) {
			throw engineError(
				`starting the foreign program at ${site}, container ${name} of the image ${image}`,
				cause,
				hints,
			);
		}
		await untilReady({
			...{program, clock, signal, ended: foreign.#ended.promise},
			lastLines: () => lastLines.toString(),
			async isReady() {
				switch (ready.kind) {
					case 'port':
						return (await agent.call('listening-ports', {}, signal)).ports.includes(port);
					case 'log':
						return foreign.#said.found;
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

	#listen(stream: Duplex, {engine, name, logFolder, onEnd}: StartOptions): LastLines {
		const {site, ready} = this.#program;
		const {output, errors} = separateOutputs(engine, stream);
		const lastLines = new LastLines(errors);
		const log = openLog(join(logFolder, `${site}.log`));
		const hear = (text: string) => {
			log.write(text);
			this.#said.text = (this.#said.text + text).slice(-heardCharacters);
			this.#said.found ||= ready.kind === 'log' && this.#said.text.includes(ready.text);
		};
		errors.on('data', hear);
		output.setEncoding('utf8').on('data', (text: string) => {
			lastLines.add(text);
			hear(text);
		});
		stream.once('close', () => {
			log.end();
			void endOf({engine, name}).then(({of, reason}) => {
				const why = lastLines.toString() === '' ? reason : `${reason}: ${lastLines}`;
				if (this.#isReady) {
					onEnd({of, reason: why});
				}
				this.#ended.reject(endedEarly({site, reason: why}));
			});
		});
		return lastLines;
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
	/** The container whose network it shares, and its agent. */
	readonly linksContainer: string;
	readonly agent: AgentConnection;
	readonly logFolder: string;
	/** Hears of an end after it was ready. */
	readonly onEnd: (end: ContainerEnd) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

const creation = ({program: {image = '', command, environment}, name, labels, linksContainer}: StartOptions) => ({
	name,
	Image: image,
	...(command && {Cmd: [...command]}),
	Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
	Labels: {...labels},
	HostConfig: {NetworkMode: `container:${linksContainer}`, LogConfig: logLimits},
});

/** Of what it said; enough for any line that is waited for. */
const heardCharacters = 10_000;

/** An engine leaves out what it does not know, whatever its client's types say. */
type MemoryTold = {
	readonly usage?: number;
	readonly stats?: {readonly inactive_file?: number; readonly total_inactive_file?: number};
};
