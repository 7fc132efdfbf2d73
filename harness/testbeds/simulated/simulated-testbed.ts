import type {VirtualTestbed} from '../testbed.ts';
import {SimulationThreads} from './simulation-threads.ts';

/** Sites and links as a model in virtual time: `docs/simulation.md` says what it does and what it leaves out. */
export const simulatedTestbed = {
	name: 'simulated',
	time: 'virtual',
	open: (room: {readonly threadCount: number}) => SimulationThreads.open(room),
} as const satisfies VirtualTestbed;
