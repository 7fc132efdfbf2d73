import type {EmulatedTestbed} from '../testbed.ts';

/** Sites as services of a swarm, on its nodes, and links as overlay networks between two of them, shaped inside. */
export const swarmTestbed: EmulatedTestbed = {
	name: 'swarm',
	foreign: 'images',
	bringsPrograms: true,
	async deploy(options) {
		// The client of the engine takes a second to load: only those pay who want it.
		const {deploySwarm} = await import('./deploy-swarm.ts');
		return deploySwarm(options);
	},
};
