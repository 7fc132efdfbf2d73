import type {RandomStream} from '#core/random.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {RequestGroup, Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {arrivals} from './arrivals.ts';

/**
 * All requests of a run, in order of arrival, drawn before it starts; those of a file are replayed as they are. Instants and
 * durations have streams of draws of their own for each group of requests, and sources one for all.
 *
 * @throws {StreambedError} SCENARIO_INVALID when the law of arrivals cannot be drawn from.
 */
export function planLoad(scenario: Scenario, random: RandomStream): readonly PlannedRequest[] {
	const {requests: groups, arrivals: law, leadSeconds, replay} = scenario.workload;
	if (replay) {
		return withSources(
			replay.toSorted((a, b) => a.atSeconds - b.atSeconds),
			scenario,
			random,
		);
	}
	const planned = arrivals(
		law,
		groups.map(({count}) => count),
		random.split('arrivals'),
	);
	const durations = groups.map((_, groupIndex) => random.split('durations').split(`group-${groupIndex}`));
	const digits = Math.max(3, `${planned.length}`.length);
	const requests = planned.map(({groupIndex, atSeconds}, index) => {
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
	return withSources(requests, scenario, random);
}

/** Each request asks for one of the sources; for data of its own, where the scenario has none. */
function withSources(
	requests: readonly PlannedRequest[],
	{workload: {sources}}: Scenario,
	random: RandomStream,
): readonly PlannedRequest[] {
	if (sources === undefined) {
		return requests;
	}
	const draws = random.split('sources');
	return requests.map(request => ({...request, source: `source-${1 + Math.floor(draws.next() * sources)}`}));
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
