import {dockerTestbed} from './docker/docker-testbed.ts';
import {emulated} from './drive/emulated.ts';
import {namespacesTestbed} from './namespaces/namespaces-testbed.ts';
import {simulatedTestbed} from './simulated/simulated-testbed.ts';
import {swarmTestbed} from './swarm/swarm-testbed.ts';
import type {Testbed} from './testbed.ts';

/** The testbeds by name. A new one is one more line. */
export const testbeds = {
	docker: emulated(dockerTestbed),
	namespaces: emulated(namespacesTestbed),
	simulated: simulatedTestbed,
	swarm: emulated(swarmTestbed),
} as const satisfies Record<string, Testbed>;
