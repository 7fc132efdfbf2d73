import type {Seconds, Usd} from '#core/units.ts';
import {type InfeasiblePlacement, limitTolerance} from './placement-answer.ts';
import type {PlacementRequest} from './placement-problem.ts';

/** No links lead from the producer over as many resources as there are stages to the consumer. */
export const noWay: InfeasiblePlacement = {
	feasible: false,
	constraint: 'path',
	reason: 'path: no links lead from the producer over the stages to the consumer',
};

/** What stands in the way of a request that some placement could serve but for its limits, and the best that can be reached. */
export function infeasibleByLimits({
	request,
	fastestSeconds,
	cheapestUsd,
	fastestInBudgetSeconds,
	cheapestInTimeUsd,
}: {
	readonly request: PlacementRequest;
	/** Of all placements. */
	readonly fastestSeconds: Seconds;
	readonly cheapestUsd: Usd;
	/** Asked only where a placement within the budget exists. */
	readonly fastestInBudgetSeconds: () => Seconds;
	/** Asked only where a placement within the deadline exists. */
	readonly cheapestInTimeUsd: () => Usd;
}): InfeasiblePlacement {
	const tooSlow = fastestSeconds > request.deadlineSeconds * (1 + limitTolerance);
	const tooDear = cheapestUsd > request.budgetUsd * (1 + limitTolerance);
	const deadline = `the deadline is ${round(request.deadlineSeconds)} s`;
	const budget = `the budget is ${round(request.budgetUsd)} USD`;
	if (tooSlow && !tooDear) {
		return {
			feasible: false,
			constraint: 'deadline',
			reason: `deadline: the fastest placement takes ${round(fastestSeconds)} s, ${deadline}`,
			bestCompletionSeconds: fastestSeconds,
		};
	}
	if (tooDear && !tooSlow) {
		return {
			feasible: false,
			constraint: 'budget',
			reason: `budget: the cheapest placement costs ${round(cheapestUsd)} USD, ${budget}`,
			bestCostUsd: cheapestUsd,
		};
	}
	const bestCompletionSeconds = tooSlow ? fastestSeconds : fastestInBudgetSeconds();
	const bestCostUsd = tooDear ? cheapestUsd : cheapestInTimeUsd();
	const [slow, dear] = [round(bestCompletionSeconds), round(bestCostUsd)];
	return {
		feasible: false,
		constraint: 'deadline and budget',
		reason: tooSlow
			? `deadline and budget: the fastest placement takes ${slow} s, ${deadline}; the cheapest costs ${dear} USD, ${budget}`
			: `deadline and budget: the fastest placement within the budget takes ${slow} s, ${deadline}; ` +
				`the cheapest within the deadline costs ${dear} USD, ${budget}`,
		bestCompletionSeconds,
		bestCostUsd,
	};
}

function round(value: number): string {
	return String(Number(value.toPrecision(4)));
}
