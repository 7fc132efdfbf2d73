import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Testbed} from '#testbeds/testbed.ts';

/**
 * Looks at every variant before anything is made of it: throws SCENARIO_INVALID or TOOL_MISSING for the first that cannot run
 * there. What a model cannot do is told by its draws.
 */
export function refuseRuns(loaded: readonly LoadedScenario[], testbed: Testbed): void {
	if (testbed.time === 'virtual') {
		return;
	}
	for (const {scenario} of loaded.flatMap(({variants}) => variants)) {
		testbed.refuse(scenario);
	}
}
