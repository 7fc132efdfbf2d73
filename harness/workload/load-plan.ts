import type {RandomStream} from '#core/random.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {RequestGroup, Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {arrivals} from './arrivals.ts';

/**
 * All requests of a run, in order of arrival, drawn before it starts; those of a file are replayed as they are. Instants and
 * durations have streams of draws of their own for each group of requests.
 *
 * @throws {StreambedError} SCENARIO_INVALID when the law of arrivals cannot be drawn from.
 */
export function planLoad(scenario: Scenario, random: RandomStream): readonly PlannedRequest[] {
	const {requests: groups, arrivals: law, leadSeconds, replay} = scenario.workload;
	if (replay) {
		return replay.toSorted((a, b) => a.atSeconds - b.atSeconds);
	}
	const planned = arrivals(
		law,
		groups.map(({count}) => count),
		random.split('arrivals'),
	);
	const durations = groups.map((_, groupIndex) => random.split('durations').split(`group-${groupIndex}`));
	const digits = Math.max(3, `${planned.length}`.length);
	return planned.map(({groupIndex, atSeconds}, index) => {
		const group = groups[groupIndex] as RequestGroup;
		const leftSeconds = Math.max(0, scenario.timing.driveSeconds - atSeconds - leadSeconds);
		return {
			request: `r${`${index + 1}`.padStart(digits, '0')}`,
			atSeconds,
			durationSeconds: durationOf(group, leftSeconds, durations[groupIndex] as RandomStream),
			minimumResolutionRatio: group.minimumResolutionRatio,
			deadlineSeconds: group.deadlineSeconds,
			budgetUsdPerChunk: group.budgetUsdPerChunk,
		};
	});
}

function durationOf({durationSeconds}: RequestGroup, leftSeconds: Seconds, random: RandomStream): Seconds {
	if (durationSeconds === 'until-end') {
		return leftSeconds;
	}
	if (typeof durationSeconds === 'number') {
		return durationSeconds;
	}
	const [shortest, longest] = durationSeconds.uniform;
	return shortest + (longest - shortest) * random.next();
}
