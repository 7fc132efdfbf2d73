import type {Engine} from '../docker/engine.ts';
import {atEngine} from '../docker/engine-error.ts';
import {runLabels} from '../docker/run-labels.ts';
import {listNodes, type SwarmNode} from './swarm-nodes.ts';

/** What the swarm does for a site: the one task of its service. */
export type SiteTask = {
	readonly site: string;
	/** As the swarm calls it: `preparing`, `running`, `rejected` and so on. */
	readonly state: string;
	/** Why it is in that state, in the swarm's own words. */
	readonly reason: string;
	readonly exitCode: number | undefined;
	/** Where it was put, once it was. */
	readonly node: SwarmNode | undefined;
	/** Its address in each network, by the network's id; without the length of the prefix. */
	readonly addresses: ReadonlyMap<string, string>;
};

/** Looks at the tasks of a run, by its label, and at the nodes that they stand on. Rejects with ENGINE_REFUSED or ENGINE_UNREACHABLE. */
export async function readTasks(engine: Engine, label: string): Promise<readonly SiteTask[]> {
	const filters = JSON.stringify({label: [`${runLabels.run}=${label}`]});
	const [tasks, nodes] = await Promise.all([
		atEngine('asking for the tasks of the run', engine.listTasks({filters})) as Promise<readonly EngineTask[]>,
		listNodes(engine),
	]);
	return tasks.map(({Status, NodeID, Spec, NetworksAttachments}) => ({
		site: Spec.ContainerSpec.Labels[runLabels.site] ?? '',
		state: Status.State,
		reason: Status.Err ?? Status.Message ?? '',
		exitCode: Status.ContainerStatus?.ExitCode,
		node: nodes.find(({id}) => id === NodeID),
		addresses: new Map(
			(NetworksAttachments ?? []).map(({Network, Addresses}) => [Network.ID, Addresses?.[0]?.split('/')[0] ?? '']),
		),
	}));
}

type EngineTask = {
	readonly NodeID?: string;
	readonly Status: {
		readonly State: string;
		readonly Err?: string;
		readonly Message?: string;
		readonly ContainerStatus?: {readonly ExitCode?: number};
	};
	readonly Spec: {readonly ContainerSpec: {readonly Labels: Readonly<Record<string, string>>}};
	readonly NetworksAttachments?: ReadonlyArray<{
		readonly Network: {readonly ID: string};
		readonly Addresses?: readonly string[];
	}>;
};

/** Says what became of a site that should run, or nothing when it does run, as far as the swarm knows. */
export function lossOf({state, reason, exitCode, node}: SiteTask): string | undefined {
	if (node && node.state !== 'ready') {
		return `its node ${node.name} is ${node.state}: it left the swarm, or nothing is heard of it`;
	}
	if (!endStates.has(state)) {
		return undefined;
	}
	const where = node ? ` on ${node.name}` : '';
	return `its task${where} is ${state}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${reason === '' ? '' : `: ${reason}`}`;
}

const endStates: ReadonlySet<string> = new Set(['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove']);
