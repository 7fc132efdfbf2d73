import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import type {SiteImage} from '../docker/image.ts';
import {howToLabel} from './node-socket.ts';
import {lossOf, type SiteTask} from './site-tasks.ts';

/** Rejects when a task that is to come up has ended: with IMAGE_UNFIT where its node lacks the image, else with ENGINE_REFUSED or NODE_LOST. */
export async function refuseEnded(
	task: SiteTask,
	{
		image: {name, id},
		socket,
		lastLines,
		clock,
	}: {
		readonly image: SiteImage;
		/** That its task has of the engine of its node. */
		readonly socket?: string | undefined;
		/** What its service has written last. */
		readonly lastLines: () => string;
		readonly clock: Clock;
	},
): Promise<void> {
	const {site, state, reason, node} = task;
	const loss = lossOf(task);
	if (loss === undefined) {
		return;
	}
	if (/no such image/i.test(reason)) {
		throw new StreambedError(
			'IMAGE_UNFIT',
			`the node ${node?.name}, where ${site} is to stand, has no image ${name} (${id})`,
			{hint: `docker save ${name} | ssh ${node?.name} docker load`},
		);
	}
	const [, folder] = /bind source path does not exist: (.+)/i.exec(reason) ?? [];
	if (folder !== undefined && folder === socket) {
		throw new StreambedError(
			'ENGINE_UNREACHABLE',
			`no container engine listens at ${socket} on the node ${node?.name}, where ${site} is to stand`,
			{hint: howToLabel(node?.name ?? '')},
		);
	}
	if (folder !== undefined) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			`the node ${node?.name}, where ${site} is to stand, has no ${folder}, which that reads`,
			{hint: `tar --directory / --create ${quoted(folder.slice(1))} | ssh ${node?.name} tar --directory / --extract`},
		);
	}
	if (state === 'rejected') {
		throw new StreambedError('ENGINE_REFUSED', `the node ${node?.name} refuses ${site}: ${reason}`);
	}
	// What it wrote last is on its way.
	await clock.sleep(lastWordsSeconds);
	const said = lastLines();
	throw new StreambedError(
		'NODE_LOST',
		`the container of ${site} ended: ${said === '' ? loss : `${loss}; it wrote: ${said}`}`,
	);
}

/** One word of a shell's line, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const lastWordsSeconds: Seconds = 0.5;
