import {nameSchema} from './name-schema.ts';

/** The machine that a site stands on, where there are several. */
export const hostSchema = nameSchema
	.optional()
	.describe(
		'on the testbed swarm, the node that it stands on, by that node’s label streambed.host; without it, the swarm chooses. Other testbeds have one machine',
	);
