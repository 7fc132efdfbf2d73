import {mean} from 'simple-statistics';
import {type Estimate, estimate} from '../statistics.ts';
import type {RepeatSummary} from '../summary-schema.ts';
import type {Way} from './ways.ts';

/**
 * The mean over repeats of what several ways have in common. In each repeat of a run the ways are taken together first, so
 * that the interval is one over repeats, as it is everywhere else.
 */
export function pooled(
	ways: readonly Way[],
	valueIn: (way: Way, repeat: RepeatSummary) => number | undefined,
): Estimate | null {
	const values = ways.flatMap(way =>
		way.repeats.flatMap(repeat => {
			const value = valueIn(way, repeat);
			return value === undefined ? [] : {draw: `${way.runId} ${repeat.repeat}`, value};
		}),
	);
	const draws = [...Map.groupBy(values, ({draw}) => draw).values()];
	return estimate(draws.map(draw => mean(draw.map(({value}) => value))));
}
