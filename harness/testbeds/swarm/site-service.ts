import type {Engine} from '../docker/engine.ts';
import type {SiteNeeds} from '../docker/site-needs.ts';
import type {NodeSocket} from './node-socket.ts';
import {containerSpec, endpoints, taskLog} from './service-parts.ts';
import {hostLabel} from './swarm-nodes.ts';

/** As the engine's client takes them. */
export type ServiceOptions = Parameters<Engine['createService']>[1];

/** What a site's service is made of: one task, its agent, on the networks of its links and on that of the switchboard. Pure. */
export function siteService({
	name,
	image,
	labels,
	networks,
	host,
	sysctls,
	invitation,
	needs,
	socket,
}: {
	readonly name: string;
	/** By its id, which is the same wherever a node has it from: so no node looks for it anywhere else. */
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
	/** By their ids. */
	readonly networks: readonly string[];
	/** Where it is to stand; anywhere, where absent. */
	readonly host: string | undefined;
	readonly sysctls: Readonly<Record<string, string>>;
	/** To the switchboard. */
	readonly invitation: Readonly<Record<string, string>>;
	/** Folders of the node, wherever that is. */
	readonly needs: SiteNeeds;
	/** Where the site is foreign: the way to the engine of its node. */
	readonly socket: NodeSocket | undefined;
}): ServiceOptions {
	return {
		Name: name,
		Labels: {...labels},
		TaskTemplate: {
			ContainerSpec: {
				...containerSpec({
					image,
					labels,
					program: agentProgram,
					environment: invitation,
					...(socket && engineUser(socket)),
				}),
				Sysctls: {...sysctls},
				CapabilityAdd: ['CAP_NET_ADMIN'],
				Mounts: [...mountsOf(needs), ...(socket ? [bind({source: socket.path, target: socket.path, mode: 'ro'})] : [])],
			},
			// A site that has ended is lost, and so is the run.
			RestartPolicy: {Condition: 'none'},
			Placement: {Constraints: [...hostConstraints(host), ...(socket?.constraints ?? [])]},
			Networks: networks.map(id => ({Target: id})),
			LogDriver: taskLog,
		},
		Mode: {Replicated: {Replicas: 1}},
		EndpointSpec: endpoints,
	} as ServiceOptions;
}

const hostConstraints = (host: string | undefined): readonly string[] =>
	host === undefined ? [] : [`node.labels.${hostLabel}==${host}`];

const bind = ({source, target, mode}: SiteNeeds['mounts'][number]) => ({
	Type: 'bind',
	Source: source,
	Target: target,
	ReadOnly: mode === 'ro',
});

const mountsOf = ({mounts, memoryFolders}: SiteNeeds) => [
	...mounts.map(bind),
	...Object.entries(memoryFolders).map(([path, bytes]) => ({
		Type: 'tmpfs',
		Target: path,
		TmpfsOptions: {SizeBytes: bytes},
	})),
];

/** What an agent is given that uses the engine of its node: whoever shares its processes could have Node listen for a debugger by USR1. */
const engineUser = ({path}: NodeSocket) => ({
	engineHost: `unix://${path}`,
	flags: ['--disable-sigusr1'],
	// What is being started at the engine is put in order first.
	stopSignal: 'SIGTERM',
});

const agentProgram = 'dist/harness/testbeds/swarm/swarm-agent.js';
