import assert from 'node:assert/strict';
import {realClock} from '#core/clock.ts';
import {median} from '#core/median.ts';
import {randomStream} from '#core/random.ts';
import {loadReferenceSolver} from '#proxies/runtime/highs-placement.ts';
import {preparePlacement, solvePlacement} from '#proxies/runtime/placement.ts';
import {disagreement} from '../fixtures/placement-agreement.ts';
import type {BenchResult} from './bench-result.ts';
import {randomInfrastructure, randomRequest} from './placement-draws.ts';

/** How many times faster than HiGHS placement is. */
export async function referenceBench(): Promise<BenchResult[]> {
	return [speed(await loadReferenceSolver())];
}

type Reference = Awaited<ReturnType<typeof loadReferenceSolver>>;

/** The size of the paper's infrastructure is what counts; a small one, whose layout takes longer than its search, is told beside it. */
function speed(reference: Reference): BenchResult {
	const [small, large] = [speedOver(12, reference), speedOver(92, reference)];
	return {
		name: 'HiGHS ÷ fast solver, 3 stages over 92 resources, median',
		value: large.ratio,
		unit: 'times',
		target: '≥ 300 times',
		met: large.ratio >= 300,
		detail: `${drawCount} random problems, each laid out anew by both, equal optima; least ${large.leastRatio.toFixed(0)} times; HiGHS ${large.referenceMs.toFixed(0)} ms, ours ${large.fastMs.toFixed(1)} ms; over 12 resources ${small.ratio.toFixed(0)} times`,
	};
}

/** After two more, which let the compiler see the code. */
const drawCount = 10;

/** Both are given the whole problem, and their answers held against each other. Medians. */
function speedOver(resourceCount: number, reference: Reference) {
	const chance = randomStream(resourceCount, 'reference-bench');
	const drawn = Array.from({length: drawCount + 2}, () => {
		const infrastructure = randomInfrastructure(chance, resourceCount);
		const problem = {...infrastructure, ...randomRequest(chance, preparePlacement(infrastructure))};
		const fast = timed(() => solvePlacement(problem), 20);
		const slow = timed(() => reference.solve(problem), 1);
		assert.equal(disagreement(problem, {fast: fast.answer, reference: slow.answer}), undefined);
		return {ratio: slow.ms / fast.ms, fastMs: fast.ms, referenceMs: slow.ms};
	}).slice(-drawCount);
	return {
		ratio: median(drawn.map(({ratio}) => ratio)),
		leastRatio: Math.min(...drawn.map(({ratio}) => ratio)),
		fastMs: median(drawn.map(({fastMs}) => fastMs)),
		referenceMs: median(drawn.map(({referenceMs}) => referenceMs)),
	};
}

function timed<Answer>(solve: () => Answer, times: number): {readonly answer: Answer; readonly ms: number} {
	const startNs = realClock.nowNs();
	let answer = solve();
	for (let again = 1; again < times; again++) {
		answer = solve();
	}
	return {answer, ms: Number(realClock.nowNs() - startNs) / times / 1e6};
}
