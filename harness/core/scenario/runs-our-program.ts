import {forwards} from './forwards.ts';
import type {Site} from './schema.ts';

/** Whether a program of ours takes part in streams at a site. What stands at any other passes them on: packets as they come, or bytes of a connection. */
export const runsOurProgram = (role: Site['role'] | undefined): boolean =>
	role !== undefined && role !== 'foreign' && !forwards(role);
