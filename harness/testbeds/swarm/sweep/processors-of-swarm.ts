import {StreambedError} from '#core/errors.ts';
import {type Engine, openEngine} from '../../docker/engine.ts';
import {atEngine} from '../../docker/engine-error.ts';
import {findSiteImage} from '../../docker/image.ts';
import {requireManager} from '../swarm-nodes.ts';

/**
 * How many processors the nodes have that take tasks. Rejects, before anything is made, with ENGINE_UNREACHABLE, with ENGINE_REFUSED where there is no swarm
 * or no such node, with IMAGE_UNFIT where this node lacks the image.
 */
export async function processorsOfSwarm(): Promise<number> {
	const engine = await openEngine();
	await requireManager(engine);
	await findSiteImage(engine);
	const count = await countProcessors(engine);
	if (count === 0) {
		throw new StreambedError('ENGINE_REFUSED', 'no node of the swarm is ready and active', {hint: 'docker node ls'});
	}
	return count;
}

async function countProcessors(engine: Engine): Promise<number> {
	const nodes = (await atEngine('asking for the nodes of the swarm', engine.listNodes())) as readonly EngineNode[];
	return nodes
		.filter(({Status, Spec}) => Status.State === 'ready' && Spec.Availability === 'active')
		.reduce((sum, {Description}) => sum + Math.floor(Description.Resources.NanoCPUs / 1e9), 0);
}

type EngineNode = {
	readonly Description: {readonly Resources: {readonly NanoCPUs: number}};
	readonly Status: {readonly State: string};
	readonly Spec: {readonly Availability: string};
};
