import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {place} from '#cli/place.ts';
import {loadReferenceSolver} from '#proxies/runtime/highs-placement.ts';
import {solvePlacement} from '#proxies/runtime/placement.ts';
import {placementProblemSchema} from '#proxies/runtime/placement-problem.ts';
import {disagreement} from '../fixtures/placement-agreement.ts';
import {everyPlacement, exampleProblem, looserProblem, type Placed} from '../fixtures/placement-problems.ts';
import {temporaryFolders} from '../reports/fixtures/temporary-folders.ts';

const reference = await loadReferenceSolver();
const folder = temporaryFolders();

/** Of the ten thousand that `npm run bench -- --only reference` holds against each other. */
const problemCount = 1200;

test('HiGHS and the fast solver find the same optimum, or the same obstacle, on random problems', t => {
	const outcomes = new Map<string, number>();
	fc.assert(
		fc.property(looserProblem, problem => {
			const fast = solvePlacement(problem);
			const outcome = fast.feasible ? fast.solver : fast.constraint;
			outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
			t.is(disagreement(problem, {fast, reference: reference.solve(problem)}), undefined);
		}),
		{seed: 20180613, numRuns: problemCount},
	);
	// The draw must reach every branch, or agreement says little.
	for (const outcome of ['shortest-path', 'pareto-labels', 'deadline', 'budget', 'deadline and budget', 'path']) {
		t.true((outcomes.get(outcome) ?? 0) >= 10, `${outcome}: ${outcomes.get(outcome) ?? 0} of ${problemCount}`);
	}
});

test('HiGHS finds what trying every placement finds', t => {
	for (const problem of fc.sample(looserProblem, {seed: 11, numRuns: 200})) {
		const answer = reference.solve(problem);
		const allowed = everyPlacement(problem).filter(
			({completionSeconds, costUsd}) =>
				completionSeconds <= problem.deadlineSeconds * (1 + 1e-9) && costUsd <= problem.budgetUsd * (1 + 1e-9),
		);
		t.is(answer.feasible, allowed.length > 0);
		if (answer.feasible) {
			const least = Math.min(...allowed.map(({objectiveByteKm}: Placed) => objectiveByteKm));
			const differenceByteKm = Math.abs(answer.objectiveByteKm - least);
			t.true(differenceByteKm <= 1e-9 * least, `${answer.objectiveByteKm}, expected ${least}, tolerance 1e-9 of it`);
		}
	}
});

test('the example of the format stands where the fast solver puts it, and moves when its deadline binds', t => {
	t.like(reference.solve(placementProblemSchema.parse(exampleProblem)), {
		mapping: ['edge1', 'edge1'],
		solver: 'highs',
	});
	const urgent = placementProblemSchema.parse({...exampleProblem, deadlineSeconds: 5});
	t.like(reference.solve(urgent), {mapping: ['core1', 'core1'], solver: 'highs'});
	const hopeless = placementProblemSchema.parse({...exampleProblem, deadlineSeconds: 1});
	t.deepEqual(reference.solve(hopeless), solvePlacement(hopeless));
});

test('that there is no placement is an answer, ends with 0, and says who was asked', async t => {
	const file = join(folder(), 'problem.json');
	for (const [deadlineSeconds, solver, said] of [
		[1, 'highs', {feasible: false, solver: 'highs', constraint: 'deadline'}],
		[1, 'exact', {feasible: false, solver: 'exact', constraint: 'deadline'}],
		[25, 'highs', {feasible: true, solver: 'highs'}],
		[25, 'exact', {feasible: true, solver: 'shortest-path'}],
	] as const) {
		writeFileSync(file, JSON.stringify({...exampleProblem, deadlineSeconds}));
		const written: string[] = [];
		t.is(await place({file, solver, json: true, write: text => written.push(text)}), 0);
		t.like(JSON.parse(written.join('')), said);
	}
});

test('a problem without stages is one transfer, and one without any link has no way', t => {
	const bare = {...exampleProblem, stages: [], chunkBytes: [1_000_000]};
	t.like(reference.solve(placementProblemSchema.parse(bare)), {feasible: true, mapping: [], objectiveByteKm: 2e9});
	const cut = {...bare, bitsPerSecond: bare.bitsPerSecond.map(row => row.map(() => 0))};
	t.like(reference.solve(placementProblemSchema.parse(cut)), {feasible: false, constraint: 'path'});
});
