import type {EmulatedTestbed} from '../testbed.ts';

/** Sites as containers of one engine, links as networks between two of them, shaped inside: one machine, and no root of our own. */
export const dockerTestbed: EmulatedTestbed = {
	name: 'docker',
	foreign: 'images',
	serversByImage: true,
	bringsPrograms: true,
	async deploy(options) {
		// The client of the engine takes a second to load: only those pay who want it.
		const {deployContainers} = await import('./deploy-containers.ts');
		return deployContainers(options);
	},
};
