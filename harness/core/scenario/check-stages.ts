import type {Complaint} from './complaint.ts';
import type {Scenario} from './schema.ts';
import {stageWorks} from './stage-works.ts';

/** What stages need that do real work: the work before their own, frames in full size, and sites no faster than this machine. */
export function* checkStages(scenario: Scenario): Generator<Complaint> {
	const {stages} = scenario.workload;
	for (const [index, {name, work}] of stages.entries()) {
		if (work === 'measured' && (stageWorks[index] !== name || stages.slice(0, index).some(isEmulated))) {
			yield {
				path: ['workload', 'stages', index, 'name'],
				message: `no real work is known for ${name} in this place; measured stages come first, and are ${stageWorks.join(', ')} in this order`,
			};
		}
	}
	if (!stages.every(isEmulated)) {
		yield* checkCircumstances(scenario);
	}
}

function* checkCircumstances({topology, stack, timeScale}: Scenario): Generator<Complaint> {
	if (timeScale !== 1) {
		yield {
			path: ['timeScale'],
			message: `stages whose work is measured need time scale 1, not ${timeScale}: a scaled run has smaller frames, with other things to be found in them`,
		};
	}
	for (const [name, site] of Object.entries(topology.sites)) {
		if (site.role === 'compute' && site.speed > 1 && (stack.placementSites?.includes(name) ?? true)) {
			yield {
				path: ['topology', 'sites', name, 'speed'],
				message: `${name} has speed ${site.speed}, but work that is really done cannot be faster than this machine: 1 at most`,
			};
		}
	}
}

const isEmulated = ({work}: Scenario['workload']['stages'][number]): boolean => work === 'emulated';
