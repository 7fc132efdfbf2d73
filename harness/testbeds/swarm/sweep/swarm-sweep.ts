import type {VirtualTestbed} from '../../testbed.ts';

/** The simulated testbed with its draws spread over the nodes of a swarm: what is measured of them is the same. */
export const swarmSweep = {
	name: 'simulated',
	time: 'virtual',
	async open(room) {
		// The client of the engine takes a second to load: only those pay who want it.
		const {openSweep} = await import('./open-sweep.ts');
		return openSweep(room);
	},
} as const satisfies VirtualTestbed;
