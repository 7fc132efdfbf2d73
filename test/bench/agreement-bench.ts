import fc from 'fast-check';
import {loadReferenceSolver} from '#proxies/runtime/highs-placement.ts';
import {solvePlacement} from '#proxies/runtime/placement.ts';
import {disagreement} from '../fixtures/placement-agreement.ts';
import {looserProblem} from '../fixtures/placement-problems.ts';
import type {BenchResult} from './bench-result.ts';

const problemCount = 10_000;

/** Whether placement and HiGHS find the same: the problems of the tests, and many more of them. */
export async function agreementBench(): Promise<BenchResult[]> {
	const reference = await loadReferenceSolver();
	const outcomes = new Map<string, number>();
	let agreed = 0;
	for (const problem of fc.sample(looserProblem, {seed: 20180613, numRuns: problemCount})) {
		const fast = solvePlacement(problem);
		const outcome = fast.feasible ? fast.solver : fast.constraint;
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		const difference = disagreement(problem, {fast, reference: reference.solve(problem)});
		agreed += difference === undefined ? 1 : 0;
		if (difference !== undefined) {
			console.error(difference);
		}
	}
	return [
		{
			name: `random problems on which HiGHS and the fast solver agree, of ${problemCount}`,
			value: agreed,
			unit: 'problems',
			target: 'all',
			met: agreed === problemCount,
			detail: [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', '),
		},
	];
}
