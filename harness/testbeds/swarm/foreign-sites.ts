import {StreambedError} from '#core/errors.ts';
import {mustGet} from '#netem/must-get.ts';
import {ForeignContainers} from '../docker/foreign-containers.ts';
import type {SiteImage} from '../docker/image.ts';
import type {Manifest} from '../docker/manifest.ts';
import {runLabels} from '../docker/run-labels.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import {howToLabel} from './node-socket.ts';
import type {SwarmSiteAgent} from './swarm-agent-connection.ts';
import type {SwarmNames} from './swarm-names.ts';
import type {PlacedSite} from './underlay.ts';

type Wanted = {readonly program: ForeignProgram; readonly place: PlacedSite};
type FoundImage = Pick<SiteImage, 'name' | 'digest' | 'id'>;

/** The programs of foreign sites on a swarm: the agent of each starts it at the engine of its own node, which the harness cannot speak to. */
export class ForeignSites {
	readonly #wanted: readonly Wanted[];

	constructor(programs: readonly ForeignProgram[], placed: ReadonlyMap<string, PlacedSite>) {
		this.#wanted = programs.map(program => ({program, place: mustGet(placed, program.site)}));
	}

	/**
	 * The image of each, as its node has it. Rejects with the site and the node: IMAGE_UNFIT when the image is missing there, or is another one than on
	 * another node, ENGINE_UNREACHABLE when there is no engine where it was looked for.
	 */
	async findImages(signal: AbortSignal): Promise<readonly FoundImage[]> {
		const found = await Promise.all(
			this.#wanted.map(async ({program: {site, image: name = ''}, place: {agent, node}}) => {
				try {
					const key = `topology.sites.${site}.image`;
					const {digest, id} = await agent.call('find-foreign-image', {name, key}, signal);
					return {name, digest, id, node};
				} catch (cause) {
					throw atNode(cause, {site, name, node});
				}
			}),
		);
		for (const one of found) {
			const other = found.find(({name, id}) => name === one.name && id !== one.id);
			if (other) {
				throw new StreambedError(
					'IMAGE_UNFIT',
					`the image ${one.name} is ${one.id} on the node ${one.node}, and ${other.id} on ${other.node}`,
					{hint: howToBring(one.name, other.node)},
				);
			}
		}
		return found;
	}

	/** Starts all of them; rejects as `ForeignContainer.start` does. */
	async start({
		agents,
		names,
		labels,
		manifest,
		signal,
	}: {
		/** On the harness's clock. */
		readonly agents: ReadonlyMap<string, SwarmSiteAgent>;
		readonly names: SwarmNames;
		readonly labels: Readonly<Record<string, string>>;
		readonly manifest: Manifest;
		readonly signal: AbortSignal;
	}): Promise<ForeignContainers> {
		const standing = await Promise.all(
			this.#wanted.map(async ({program, place}) => {
				const {site} = program;
				const name = names.foreignContainer(site);
				manifest.add({kind: 'container', name});
				// Its variables may be called as instants are: nothing in it is translated.
				await place.agent.call('start-foreign', {program, name, labels: {...labels, [runLabels.site]: site}}, signal);
				return {program, container: {usage: () => usageAt(mustGet(agents, site))}};
			}),
		);
		return new ForeignContainers(standing);
	}
}

async function usageAt(agent: SwarmSiteAgent) {
	const usage = await agent.call('foreign-usage', {});
	return usage === null ? undefined : {...usage, atNs: BigInt(usage.atNs)};
}

/** What the agent of a site was refused at its node's engine, with what is to be done there. */
function atNode(
	cause: unknown,
	{site, name, node}: {readonly site: string; readonly name: string; readonly node: string},
): unknown {
	if (!(cause instanceof StreambedError)) {
		return cause;
	}
	switch (cause.code) {
		case 'IMAGE_UNFIT':
			return new StreambedError(cause.code, `the node ${node}, where ${site} is to stand, has no image ${name}`, {
				cause,
				hint: howToBring(name, node),
			});
		case 'ENGINE_UNREACHABLE':
			return new StreambedError(cause.code, `${site} cannot have its image on the node ${node}: ${cause.message}`, {
				cause,
				hint: `${howToLabel(node)}; one that remaps users gives no container the right to its socket`,
			});
		default:
			return cause;
	}
}

const howToBring = (image: string, node: string): string => `docker save ${image} | ssh ${node} docker load`;
