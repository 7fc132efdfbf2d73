import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** Throws SCENARIO_INVALID for what a scenario has that needs images of one machine. */
export function refuseUnfit(scenario: Scenario): void {
	const foreign = Object.entries(scenario.topology.sites).find(([, {role}]) => role === 'foreign');
	if (foreign) {
		throw new StreambedError('SCENARIO_INVALID', `${foreign[0]} is of role foreign, which a swarm cannot run`, {
			hint: 'run it on the testbed docker',
		});
	}
}
