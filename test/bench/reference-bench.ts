import assert from 'node:assert/strict';
import fc from 'fast-check';
import {realClock} from '#core/clock.ts';
import {randomStream} from '#core/random.ts';
import {loadReferenceSolver} from '#proxies/runtime/highs-placement.ts';
import {preparePlacement, solvePlacement} from '#proxies/runtime/placement.ts';
import {disagreement} from '../fixtures/placement-agreement.ts';
import {looserProblem} from '../fixtures/placement-problems.ts';
import type {BenchResult} from './bench-result.ts';
import {randomInfrastructure, randomRequest} from './placement-draws.ts';

/** Placement held against HiGHS: whether both find the same, and how many times faster ours is. */
export async function referenceBench(): Promise<BenchResult[]> {
	const reference = await loadReferenceSolver();
	return [agreement(reference), ...speeds(reference)];
}

type Reference = Awaited<ReturnType<typeof loadReferenceSolver>>;

const problemCount = 10_000;

/** The problems of the tests, and many more of them. */
function agreement(reference: Reference): BenchResult {
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
	return {
		name: `random problems on which HiGHS and the fast solver agree, of ${problemCount}`,
		value: agreed,
		unit: 'problems',
		target: 'all',
		met: agreed === problemCount,
		detail: [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', '),
	};
}

/** Both are given the whole problem and lay it out anew. */
function speeds(reference: Reference): BenchResult[] {
	return [12, 92].map(resourceCount => {
		const chance = randomStream(resourceCount, 'reference-bench');
		const ratios: number[] = [];
		const referenceMs: number[] = [];
		for (let draw = 0; draw < 12; draw++) {
			const infrastructure = randomInfrastructure(chance, resourceCount);
			const problem = {...infrastructure, ...randomRequest(chance, preparePlacement(infrastructure))};
			const fast = timed(() => solvePlacement(problem), 20);
			const slow = timed(() => reference.solve(problem), 1);
			assert.equal(disagreement(problem, {fast: fast.answer, reference: slow.answer}), undefined);
			// The first draws let the compiler see the code.
			if (draw >= 2) {
				ratios.push(slow.ms / fast.ms);
				referenceMs.push(slow.ms);
			}
		}
		const middle = median(ratios);
		return {
			name: `HiGHS ÷ fast solver, 3 stages over ${resourceCount} resources, median`,
			value: middle,
			unit: 'times',
			target: '≥ 300 times',
			met: middle >= 300,
			detail: `${ratios.length} random problems, each laid out anew by both, equal optima; least ${Math.min(...ratios).toFixed(0)} times; HiGHS took ${median(referenceMs).toFixed(0)} ms`,
		};
	});
}

function timed<Answer>(solve: () => Answer, times: number): {readonly answer: Answer; readonly ms: number} {
	const startNs = realClock.nowNs();
	let answer = solve();
	for (let again = 1; again < times; again++) {
		answer = solve();
	}
	return {answer, ms: Number(realClock.nowNs() - startNs) / times / 1e6};
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
