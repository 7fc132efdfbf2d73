import {programEnvironment} from '#core/control/program-environment.ts';
import type {Engine} from '../docker/engine.ts';
import {environmentList} from './environment-list.ts';
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
				Image: image,
				Labels: {...labels},
				Command: ['node', 'dist/harness/testbeds/swarm/swarm-agent.js'],
				Dir: '/opt/streambed',
				Env: environmentList({...programEnvironment, ...invitation}),
				Sysctls: {...sysctls},
				CapabilityAdd: ['CAP_NET_ADMIN'],
				Mounts: readOnlyFolders.map(folder => ({Type: 'bind', Source: folder, Target: folder, ReadOnly: true})),
				StopGracePeriod: stopGraceNs,
			},
			// A site that has ended is lost, and so is the run.
			RestartPolicy: {Condition: 'none'},
			Placement: {Constraints: host === undefined ? [] : [`node.labels.${hostLabel}==${host}`]},
			Networks: networks.map(id => ({Target: id})),
			LogDriver: {Name: 'json-file', Options: {'max-size': '1m', 'max-file': '2'}},
		},
		Mode: {Replicated: {Replicas: 1}},
		// Without it, the kernel of every node would have to balance.
		EndpointSpec: {Mode: 'dnsrr'},
	} as ServiceOptions;
}

const stopGraceNs = 1_000_000_000;
