import type {Engine} from '../docker/engine.ts';
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
	readOnlyFolders,
}: {
	readonly name: string;
	/** By its digest, or by its id: then no node looks for it anywhere else. */
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
	/** By their ids. */
	readonly networks: readonly string[];
	/** Where it is to stand; anywhere, where absent. */
	readonly host: string | undefined;
	readonly sysctls: Readonly<Record<string, string>>;
	/** To the switchboard. */
	readonly invitation: Readonly<Record<string, string>>;
	/** Of the node, at the same place inside. */
	readonly readOnlyFolders: readonly string[];
}): ServiceOptions {
	return {
		Name: name,
		Labels: {...labels},
		TaskTemplate: {
			ContainerSpec: {
				...containerSpec({image, labels, program: agentProgram, environment: invitation}),
				Sysctls: {...sysctls},
				CapabilityAdd: ['CAP_NET_ADMIN'],
				Mounts: readOnlyFolders.map(folder => ({Type: 'bind', Source: folder, Target: folder, ReadOnly: true})),
			},
			// A site that has ended is lost, and so is the run.
			RestartPolicy: {Condition: 'none'},
			Placement: {Constraints: host === undefined ? [] : [`node.labels.${hostLabel}==${host}`]},
			Networks: networks.map(id => ({Target: id})),
			LogDriver: taskLog,
		},
		Mode: {Replicated: {Replicas: 1}},
		EndpointSpec: endpoints,
	} as ServiceOptions;
}

const agentProgram = 'dist/harness/testbeds/swarm/swarm-agent.js';
