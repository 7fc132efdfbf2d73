import {createWriteStream, type WriteStream} from 'node:fs';
import {join} from 'node:path';
import {type Duplex, PassThrough} from 'node:stream';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import type {Seconds} from '#core/units.ts';
import {AgentConnection, type AgentListener} from './agent-connection.ts';
import type {Engine} from './engine.ts';
import {engineError, isEngineGone, isRefusal} from './engine-error.ts';
import {SiteContainer, type SiteContainerOptions} from './site-container.ts';

/** Why a container has ended; `engine` when it is the engine itself that went away. */
export type ContainerEnd = {readonly of: 'container' | 'engine'; readonly reason: string};

/**
 * Starts the container of a site and gives the way to its agent. Rejects with ENGINE_REFUSED, or with NODE_LOST and the last lines of
 * the container when it ended at once. What it writes beside its events goes into `<logFolder>/<site>.log`.
 */
export async function startSite({
	site,
	logFolder,
	listener,
	onEnd,
	clock,
	...options
}: Omit<SiteContainerOptions, 'onAttached'> & {
	readonly site: string;
	readonly logFolder: string;
	readonly listener: AgentListener;
	readonly onEnd: (end: ContainerEnd) => void;
	readonly clock: Clock;
}): Promise<AgentConnection> {
	const {engine, name, image} = options;
	let agent: AgentConnection | undefined;
	const container = new SiteContainer({
		...options,
		onAttached(stream) {
			const {output, errors} = separate(engine, stream);
			const lastLines = new LastLines(errors);
			const log = openLog(join(logFolder, `${site}.log`));
			errors.on('data', (text: string) => log.write(text));
			const onGarbage = (line: string) => {
				lastLines.add(`${line}\n`);
				log.write(`${line}\n`);
			};
			const connection = new AgentConnection({site, input: stream, output, listener, onGarbage});
			agent = connection;
			stream.once('close', () => {
				log.end();
				void endOf({engine, name}).then(({of, reason}) => {
					const said = lastLines.toString();
					const why = said === '' ? reason : `${reason}: ${said}`;
					connection.end(why);
					onEnd({of, reason: why});
				});
			});
		},
	});
	try {
		await container.start();
	} catch (cause) {
		if (!isRefusal(cause)) {
			// A container that ended says why itself, once its streams are over.
			await Promise.race([agent?.hello, clock.sleep(lastWordsSeconds)]);
		}
		throw engineError(`starting the container ${name} of the image ${image}`, cause);
	}
	if (!agent) {
		throw new StreambedError('ENGINE_REFUSED', `the engine started ${name} without giving its streams`);
	}
	return agent;
}

function separate(engine: Engine, stream: Duplex): {readonly output: PassThrough; readonly errors: PassThrough} {
	const [output, errors] = [new PassThrough(), new PassThrough()];
	engine.modem.demuxStream(stream, output, errors);
	stream.once('end', () => {
		output.end();
		errors.end();
	});
	return {output, errors};
}

/** A log that cannot be written is no reason to end a run. */
function openLog(path: string): WriteStream {
	return createWriteStream(path, {flags: 'a'}).on('error', () => {});
}

async function endOf({engine, name}: {readonly engine: Engine; readonly name: string}): Promise<ContainerEnd> {
	try {
		const {State} = await engine.getContainer(name).inspect();
		if (State.Running) {
			return {of: 'container', reason: 'the engine closed its input and output while it ran'};
		}
		return {of: 'container', reason: `exit code ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''}`};
	} catch (cause) {
		return isEngineGone(cause)
			? {
					of: 'engine',
					reason: 'the container engine went away; once it is back, `streambed clean` removes what was left',
				}
			: {of: 'container', reason: 'somebody removed it'};
	}
}

const lastWordsSeconds: Seconds = 2;
