import {containerSpec, endpoints, taskLog} from '../service-parts.ts';
import type {ServiceOptions} from '../site-service.ts';
import {nodeVariable} from './messages.ts';

/**
 * What the workers of a sweep are made of: so many tasks, on the nodes that the swarm chooses. One that fails is started anew. A job of the swarm would do
 * so too, but the engines leave the containers of its tasks where they are when it is removed. Pure.
 */
export function workerService({
	name,
	image,
	labels,
	network,
	workerCount,
	invitation,
}: {
	readonly name: string;
	/** By its id, which is the same wherever a node has it from: so no node looks for it anywhere else. */
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
	/** That of the switchboard, by its id. */
	readonly network: string;
	readonly workerCount: number;
	/** To the switchboard, for a member that is called as its task. */
	readonly invitation: Readonly<Record<string, string>>;
}): ServiceOptions {
	return {
		Name: name,
		Labels: {...labels},
		TaskTemplate: {
			ContainerSpec: containerSpec({
				image,
				labels,
				program: workerProgram,
				environment: {...invitation, [nodeVariable]: '{{.Node.Hostname}}'},
			}),
			RestartPolicy: {Condition: 'on-failure', Delay: restartDelayNs},
			Networks: [{Target: network}],
			LogDriver: taskLog,
		},
		Mode: {Replicated: {Replicas: workerCount}},
		EndpointSpec: endpoints,
	} as ServiceOptions;
}

/** The swarm writes the task's id in its place: no two workers have the same name, one that was started anew included. */
export const taskName = '{{.Task.ID}}';

const workerProgram = 'dist/harness/testbeds/swarm/sweep/sweep-worker.js';
const restartDelayNs = 500_000_000;
