import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** Refuses readings of the paper that the programs of an emulated testbed do not follow. Throws SCENARIO_INVALID. */
export function refuseSimulatedOnly({stack: {quality}}: Scenario): void {
	const unmet = [
		...(quality.checks === 'each-stage' ? ['stack.quality.checks: each-stage'] : []),
		...(quality.producerReduces ? ['stack.quality.producerReduces'] : []),
	];
	if (unmet.length > 0) {
		throw new StreambedError('SCENARIO_INVALID', `only the simulated testbed knows ${unmet.join(' and ')}`, {
			hint: 'run it with --testbed simulated, or leave the setting at its default',
		});
	}
}
