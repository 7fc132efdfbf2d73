import {createInterface} from 'node:readline';
import type {Duplex} from 'node:stream';
import {LastLines} from '#core/last-lines.ts';
import {openLog} from '../foreign/open-log.ts';
import {type ContainerEnd, endOf} from './container-end.ts';
import type {Engine} from './engine.ts';
import {type EngineHint, engineError} from './engine-error.ts';
import {logLimits} from './log-limits.ts';
import {separateOutputs} from './separate-outputs.ts';

/**
 * A container of an image that is not ours, in the network of one of ours that holds the links. It has no right beyond the usual ones, and
 * nothing is asked of the image, neither a shell nor `tc`. All that it writes goes into a log.
 */
export class JoinedContainer {
	/** How it ended, with its last lines. Never rejects. */
	readonly ended: Promise<ContainerEnd>;
	readonly #lastLines: LastLines;

	private constructor(ended: Promise<ContainerEnd>, lastLines: LastLines) {
		this.ended = ended;
		this.#lastLines = lastLines;
	}

	/** Resolves when it has been started; what it says is heard from the first word on. Rejects with ENGINE_REFUSED. */
	static async start({
		engine,
		name,
		image,
		command,
		environment,
		labels,
		joins,
		sharesProcesses = false,
		removedAtEnd = false,
		mounts = [],
		logPath,
		onText = () => {},
		onErrorLine,
		attempted,
		hints = [],
	}: JoinedContainerOptions): Promise<JoinedContainer> {
		let stream: Duplex | undefined;
		try {
			const container = await engine.createContainer({
				name,
				Image: image,
				...(command && {Cmd: [...command]}),
				Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
				Labels: {...labels},
				HostConfig: {
					NetworkMode: `container:${joins}`,
					...(sharesProcesses && {PidMode: `container:${joins}`}),
					AutoRemove: removedAtEnd,
					LogConfig: logLimits,
					Binds: mounts.map(({source, target, mode}) => `${source}:${target}:${mode}`),
				},
			});
			const removal = removedAtEnd ? untilRemoved(container) : undefined;
			const attached = (await container.attach({stream: true, stdout: true, stderr: true})) as Duplex;
			stream = attached;
			const {output, errors} = separateOutputs(engine, attached);
			const lastLines = new LastLines(errors);
			const log = openLog(logPath);
			const hear = (text: string) => {
				log.write(text);
				onText(text);
			};
			errors.on('data', hear);
			if (onErrorLine) {
				createInterface({input: errors}).on('line', onErrorLine);
			}
			output.setEncoding('utf8').on('data', (text: string) => {
				lastLines.add(text);
				hear(text);
			});
			const closed = new Promise<void>(resolve => {
				attached.once('close', resolve);
			});
			const ended = closed.then(async () => {
				log.end();
				const end = await endOf({engine, name, removal});
				const said = lastLines.toString();
				return said === '' ? end : {...end, reason: `${end.reason}: ${said}`};
			});
			await container.start();
			return new JoinedContainer(ended, lastLines);
		} catch (cause) {
			// The log ends with it.
			stream?.destroy();
			throw engineError(attempted, cause, hints);
		}
	}

	/** What it said last, in one line. */
	get lastLines(): string {
		return this.#lastLines.toString();
	}
}

/** Its exit code. Waited for later, or never: where the container does not start, that is told anyway. */
function untilRemoved(container: ReturnType<Engine['getContainer']>): Promise<number> {
	const removal = container
		.wait({condition: 'removed'})
		.then(({StatusCode}: Readonly<Record<'StatusCode', number>>) => StatusCode);
	removal.catch(() => {});
	return removal;
}

export type JoinedContainerOptions = {
	readonly engine: Engine;
	readonly name: string;
	readonly image: string;
	/** What comes behind the image's entry point; without it, the image's own. */
	readonly command?: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	/** The container whose network it shares. */
	readonly joins: string;
	/** Whether that container sees its processes and may end them; they end with it, whatever becomes of it. */
	readonly sharesProcesses?: boolean;
	/** Its engine removes it as soon as it has ended: whoever is still there to ask for it. */
	readonly removedAtEnd?: boolean;
	/** Folders of this machine, or volumes by their names. */
	readonly mounts?: ReadonlyArray<{readonly source: string; readonly target: string; readonly mode: 'ro' | 'rw'}>;
	readonly logPath: string;
	/** Hears all that it writes. */
	readonly onText?: (text: string) => void;
	/** Hears each line of its standard error. */
	readonly onErrorLine?: (line: string) => void;
	/** Begins the message of a refusal. */
	readonly attempted: string;
	readonly hints?: readonly EngineHint[];
};
