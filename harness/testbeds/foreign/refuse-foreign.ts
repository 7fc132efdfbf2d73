import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** What a testbed runs at foreign sites: programs of this machine, images, or nothing of the kind. */
export type ForeignAbility = 'commands' | 'images' | 'nothing';

/** Throws SCENARIO_INVALID when a scenario has a foreign site that a testbed cannot run, with where it can be. */
export function refuseForeign(
	{topology}: Pick<Scenario, 'topology'>,
	{testbed, runs}: {readonly testbed: string; readonly runs: ForeignAbility},
): void {
	for (const [site, description] of Object.entries(topology.sites)) {
		if (description.role !== 'foreign') {
			continue;
		}
		const {image} = description;
		if (runs === 'nothing') {
			throw new StreambedError(
				'SCENARIO_INVALID',
				`${site} is a program that is not ours, and the testbed ${testbed} runs none: docs/bring-your-own.md says why`,
				{hint: image === undefined ? 'run it with --testbed namespaces' : 'run it with --testbed docker or swarm'},
			);
		}
		if (runs === 'commands' && image !== undefined) {
			throw new StreambedError(
				'SCENARIO_INVALID',
				`${site} is the image ${image}, and the testbed ${testbed} has no images`,
				{
					hint: 'run it with --testbed docker or swarm, or leave out image and give the command of a program of this machine',
				},
			);
		}
		if (runs === 'images' && image === undefined) {
			throw new StreambedError(
				'SCENARIO_INVALID',
				`${site} is a command of this machine, and the testbed ${testbed} runs images`,
				{hint: `name an image in topology.sites.${site}.image, or run it with --testbed namespaces`},
			);
		}
	}
}
