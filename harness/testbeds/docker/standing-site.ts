import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import type {Seconds} from '#core/units.ts';
import {openLog} from '../foreign/open-log.ts';
import {AgentConnection, type AgentListener} from './agent-connection.ts';
import {type ContainerEnd, endOf} from './container-end.ts';
import {engineError, isRefusal} from './engine-error.ts';
import {separateOutputs} from './separate-outputs.ts';
import {SiteContainer, type SiteContainerOptions} from './site-container.ts';

/**
 * Starts the container of a site and gives the way to its agent. Rejects with ENGINE_REFUSED, or with NODE_LOST and the last lines of
 * the container when it ended at once. What it writes beside its events goes into `<logFolder>/<logName>.log`.
 */
export async function startSite({
	site,
	logName = site,
	logFolder,
	listener,
	onEnd,
	clock,
	...options
}: Omit<SiteContainerOptions, 'onAttached'> & {
	readonly site: string;
	/** Of its log, where that is not called as the site is. */
	readonly logName?: string;
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
			const {output, errors} = separateOutputs(engine, stream);
			const lastLines = new LastLines(errors);
			const log = openLog(join(logFolder, `${logName}.log`));
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

const lastWordsSeconds: Seconds = 2;
