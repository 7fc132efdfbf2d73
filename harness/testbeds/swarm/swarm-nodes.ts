import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Engine} from '../docker/engine.ts';
import {atEngine} from '../docker/engine-error.ts';

export type SwarmNode = {
	readonly id: string;
	readonly name: string;
	/** `ready` where services can run; else `down`, `disconnected` or `unknown`. */
	readonly state: string;
	readonly availability: string;
	/** Which host of a scenario it is, by its label. */
	readonly host: string | undefined;
	/** Where its engine listens, by its label, or as engines usually do. */
	readonly socket: string;
};

/** The label of a node that says which host of a scenario it is. */
export const hostLabel = 'streambed.host';

/** The label of a node whose engine listens elsewhere than usual. */
export const socketLabel = 'streambed.socket';

/** Rejects with ENGINE_REFUSED when the engine is no manager of a swarm, or speaks too old an API for services that shape links. */
export async function requireManager(engine: Engine): Promise<void> {
	const [{ApiVersion}, {LocalNodeState, ControlAvailable}] = await atEngine(
		'asking the engine about its swarm',
		Promise.all([engine.version(), swarmState(engine)]),
	);
	if (LocalNodeState !== 'active') {
		throw new StreambedError('ENGINE_REFUSED', `the container engine is in no swarm (${LocalNodeState})`, {
			hint: 'docker swarm init, and on each other machine the docker swarm join that it prints; scripts/start-swarm.sh starts a swarm of its own',
		});
	}
	if (!ControlAvailable) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			'the container engine is a worker of its swarm, and services are made by a manager',
			{
				hint: 'run Streambed on a manager node, or on one: docker node promote NODE',
			},
		);
	}
	if (Number(ApiVersion.split('.')[1]) < oldestMinor) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			`the container engine speaks API ${ApiVersion}; services get the right to shape links since 1.${oldestMinor}`,
			{hint: 'install Docker 20.10 or newer on every node'},
		);
	}
}

/** Of what an engine says of itself. */
export async function swarmState(engine: Engine): Promise<SwarmState> {
	const {Swarm} = (await engine.info()) as {readonly Swarm: SwarmState};
	return Swarm;
}

export type SwarmState = {readonly LocalNodeState: string; readonly ControlAvailable: boolean};

/** All nodes, in the order of their names. */
export async function listNodes(engine: Engine): Promise<readonly SwarmNode[]> {
	const nodes = (await atEngine('asking for the nodes of the swarm', engine.listNodes())) as readonly EngineNode[];
	return nodes
		.map(({ID, Description, Status, Spec}) => ({
			id: ID,
			name: Description.Hostname,
			state: Status.State,
			availability: Spec.Availability,
			host: Spec.Labels?.[hostLabel],
			socket: Spec.Labels?.[socketLabel] ?? usualSocket,
		}))
		.toSorted((a, b) => a.name.localeCompare(b.name));
}

type EngineNode = {
	readonly ID: string;
	readonly Description: {readonly Hostname: string};
	readonly Status: {readonly State: string};
	readonly Spec: {readonly Availability: string; readonly Labels?: Readonly<Record<string, string>>};
};

/** Whether services can be put there. */
export const isAble = ({state, availability}: SwarmNode): boolean => state === 'ready' && availability === 'active';

/** Throws ENGINE_REFUSED when no node can run services, or a site asks for a host that none is which could. */
export function requireHosts({sites}: Scenario['topology'], nodes: readonly SwarmNode[]): void {
	const able = nodes.filter(isAble);
	const [away] = nodes;
	if (away && able.length === 0) {
		const seen = nodes.map(({name, state, availability}) => `${name} (${state}, ${availability})`).join(', ');
		throw new StreambedError('ENGINE_REFUSED', `no node of the swarm is ready and active: ${seen}`, {
			hint: `docker node update --availability active ${away.name}`,
		});
	}
	for (const [site, {host}] of Object.entries(sites)) {
		if (host !== undefined && !able.some(node => node.host === host)) {
			const seen = nodes.map(node => `${node.name} (${node.state}, ${node.host ?? 'no label'})`).join(', ');
			throw new StreambedError(
				'ENGINE_REFUSED',
				`${site} is to stand on the host ${host}, and no node that is ready and active is called so: ${seen}`,
				{hint: `docker node update --label-add ${hostLabel}=${host} NODE`},
			);
		}
	}
}

export const usualSocket = '/var/run/docker.sock';

/** Docker 20.10. */
const oldestMinor = 41;
