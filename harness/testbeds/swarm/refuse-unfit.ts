import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {brokerSites} from '../brokers/broker-program.ts';

/** Throws SCENARIO_INVALID for what a scenario has that needs folders, or images, of one machine. */
export function refuseUnfit(scenario: Scenario): void {
	const foreign = Object.entries(scenario.topology.sites).find(([, {role}]) => role === 'foreign');
	if (foreign) {
		throw new StreambedError('SCENARIO_INVALID', `${foreign[0]} is of role foreign, which a swarm cannot run`, {
			hint: 'run it on the testbed docker',
		});
	}
	const [broker] = brokerSites(scenario);
	if (broker !== undefined) {
		throw new StreambedError('SCENARIO_INVALID', `${broker} is a broker, which a swarm cannot run`, {
			hint: 'run it on the testbed namespaces or docker',
		});
	}
}
