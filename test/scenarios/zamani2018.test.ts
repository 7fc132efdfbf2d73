import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {StreambedRecord} from '#core/records/schema.ts';
import {type LoadedScenario, loadScenario} from '#core/scenario/load.ts';
import {claimStanding, missesIntervals} from '#reports/published/claim-standing.ts';
import {type DrawnValue, judgeClaim} from '#reports/published/judge-claim.ts';
import {readPublished} from '#reports/published/read-published.ts';
import type {PublishedClaim, PublishedCondition} from '#reports/published/schema.ts';
import {publishedValueOf} from '#reports/published/value-of.ts';
import type {VariantRun} from '#reports/run-data.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';

const folder = fileURLToPath(new URL('../../scenarios/zamani2018/', import.meta.url));
const published = await readPublished(`${folder}published.json`);
const seedCount = 30;

type Simulated = {readonly run: VariantRun; readonly resolutionSteps: number};

/** Figures 7, 8 and 9 look at the same runs, which need to be made once only. */
const made = new Map<string, Promise<Simulated>>();

function drawOf(loaded: LoadedScenario, variant: string, seed: number): Promise<Simulated> {
	const scenario = loaded.variants.find(one => one.variant === variant)?.scenario;
	if (!scenario) {
		throw new Error(`${loaded.name} has no variant ${variant}`);
	}
	const key = JSON.stringify([seed, variant, scenario.topology, scenario.stack, scenario.workload, scenario.timeline]);
	const known = made.get(key) ?? simulated();
	made.set(key, known);
	return known;

	async function simulated(): Promise<Simulated> {
		const collector = new VariantCollector({variant, repeat: 0});
		let resolutionSteps = 0;
		const end = await simulateVariant({
			scenario: scenario as NonNullable<typeof scenario>,
			seed,
			signal: new AbortController().signal,
			emit(body) {
				resolutionSteps += body.kind === 'stream.resolution' ? 1 : 0;
				collector.add({...body, variant, repeat: 0} as StreambedRecord);
			},
		});
		if (end.outcome !== 'completed') {
			throw end.failure ?? new Error(end.outcome);
		}
		return {run: collector.finish({scenario: scenario as never, outcome: undefined}), resolutionSteps};
	}
}

async function drawsOf(scenarioFile: string): Promise<readonly DrawnValue[]> {
	const loaded = loadScenario(`${folder}${scenarioFile}`);
	const draws: DrawnValue[] = [];
	for (let seed = 1; seed <= seedCount; seed++) {
		const runs = new Map<string, VariantRun>();
		for (const {variant} of loaded.variants) {
			runs.set(variant, (await drawOf(loaded, variant, seed)).run);
		}
		draws.push(selector => {
			const run = runs.get(selector.variant);
			return run && publishedValueOf(run, selector);
		});
	}
	return draws;
}

for (const {figure, scenario, claims} of published.figures) {
	test.serial(`Fig. ${figure}: what is claimed of it comes out in simulations of ${seedCount} seeds`, async t => {
		const draws = await drawsOf(scenario);
		for (const claim of claims) {
			const judged = judgeClaim(claim, draws);
			t.log(`${judged.heldRatio.toFixed(2)} of seeds: ${claim.claim}`);
			t.true(judged.holds, `${claim.claim}: ${judged.counterexamples.join('\n')}`);
			t.false(missesIntervals(claim, judged), `${claim.claim}: the 95 % intervals touch`);
		}
	});
}

test('every figure from 6 to 11 has its scenario, and every scenario says which figure it is', t => {
	t.deepEqual(
		published.figures.map(({figure}) => figure),
		['6', '7', '8', '9', '10', '11'],
	);
	for (const {figure, scenario} of published.figures) {
		const {variants} = loadScenario(`${folder}${scenario}`);
		t.true(variants.every(({scenario: {source}}) => `${source?.figure}` === figure));
	}
});

test('the controller overshoots in normal operation: some chunks are late, and no stream is stopped for it', async t => {
	const loaded = loadScenario(`${folder}figure-7.yaml`);
	const {run, resolutionSteps} = await drawOf(loaded, 'minimum-60', 1);
	const {late, delivered} = run.streams.reduce(
		(sum, {chunks}) => ({late: sum.late + chunks.late, delivered: sum.delivered + chunks.delivered}),
		{late: 0, delivered: 0},
	);
	t.log(`${late} of ${delivered} chunks late, ${resolutionSteps} steps of resolution`);
	t.true(late > 0 && late < delivered * 0.1);
	t.true(resolutionSteps > 100);
});

test('the lowest of a span is found between its seconds, and is nothing where nobody delivers', async t => {
	const {run} = await drawOf(loadScenario(`${folder}figure-10.yaml`), 'reserved', 1);
	const selector = {variant: 'reserved', measure: 'resolution.mean', minimumResolutionRatio: 0.6};
	const at = (atSeconds: number) => publishedValueOf(run, {...selector, atSeconds}) ?? Number.NaN;
	const lowest = publishedValueOf(run, {...selector, lowestWithin: {fromSeconds: 220, toSeconds: 320}});
	t.is(lowest, Math.min(...Array.from({length: 101}, (_, index) => at(220 + index))));
	t.true(at(215) > at(280) && at(590) > at(280));
	const before = {fromSeconds: 0, toSeconds: 5};
	t.is(publishedValueOf(run, {...selector, lowestWithin: before}), undefined);
});

test('the budget of one dollar never binds', async t => {
	const {run} = await drawOf(loadScenario(`${folder}figure-7.yaml`), 'baseline', 1);
	const costs = run.requests.flatMap(({answer}) => (answer?.kind === 'request.accepted' ? [answer.costUsd] : []));
	t.log(`a chunk costs ${Math.max(...costs).toPrecision(3)} USD at most`);
	t.true(costs.length > 0 && Math.max(...costs) * 250 < 1);
});

test('a claim is refuted by draws against it, by what was not measured, and by too few that agree', t => {
	const of = {variant: 'a', measure: 'm'};
	const claim = (condition: PublishedCondition, heldRatio = 1): PublishedClaim => ({
		claim: 'c',
		origin: 'ours',
		conditions: [condition],
		heldRatio,
	});
	const value: PublishedCondition = {kind: 'value', of, printed: 0.55, tolerance: 0};
	const draws = (...values: ReadonlyArray<number | undefined>): DrawnValue[] => values.map(one => () => one);
	t.true(judgeClaim(claim(value), draws(0.55, 33 / 60)).holds);
	t.false(judgeClaim(claim(value), draws(0.55, 0.56)).holds);
	t.false(judgeClaim(claim(value), draws(undefined)).holds);
	t.false(judgeClaim(claim(value), []).holds);
	const rising: PublishedCondition = {kind: 'rising', of: [of, {...of, variant: 'b'}]};
	const pair =
		(a: number, b: number): DrawnValue =>
		selector =>
			selector.variant === 'a' ? a : b;
	t.like(judgeClaim(claim(rising), [pair(1, 2), pair(1.1, 2.2)]), {holds: true, intervalsApart: false});
	t.like(judgeClaim(claim(rising), [pair(1, 2), pair(1.01, 2.01), pair(1.02, 2.02)]), {intervalsApart: true});
	t.false(judgeClaim(claim(rising), [pair(2, 2)]).holds);
	const nineOf = (held: number, count: number) =>
		judgeClaim(
			claim(rising, 0.9),
			Array.from({length: count}, (_, index) => pair(1, index < held ? 2 : 0)),
		).holds;
	t.deepEqual([nineOf(26, 30), nineOf(24, 30), nineOf(260, 300)], [true, false, false]);
	const standing = (asked: PublishedClaim, drawn: readonly DrawnValue[]) =>
		claimStanding(asked, judgeClaim(asked, drawn));
	const few = Array.from({length: 30}, (_, index) => pair(1, index < 26 ? 2 : 0));
	t.is(standing(claim(rising, 0.9), few), 'not refuted', 'less than what is asked, by draws too few to refute it');
	const apart = {...claim(rising), intervalsApart: true as const};
	t.is(standing(apart, [pair(1, 2), pair(1.1, 2.2)]), 'not refuted', 'intervals touch that were to lie apart');
	t.is(standing(apart, [pair(1, 2), pair(1.01, 2.01), pair(1.02, 2.02)]), 'holds');
	t.is(standing(claim(rising), [pair(2, 2)]), 'refuted');
	const gain: PublishedCondition = {kind: 'gain', from: of, to: {...of, variant: 'b'}, atLeast: 0.1};
	t.deepEqual(
		[pair(0.55, 0.65), pair(0.55, 0.64)].map(draw => judgeClaim(claim(gain), [draw]).holds),
		[true, false],
	);
});

test('the published values say what is printed and what is ours', async t => {
	const text = await readFile(`${folder}published.json`, 'utf8');
	const claims = published.figures.flatMap(figure => figure.claims);
	t.true(claims.filter(({origin}) => origin === 'printed').length >= 10);
	t.regex(text, /check of consistency, not evidence/);
});
