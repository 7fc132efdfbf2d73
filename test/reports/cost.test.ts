import {join} from 'node:path';
import test from 'ava';
import {packageRoot} from '#core/package-root.ts';
import type {RecordBody, StreambedRecord} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {measureVariantRun} from '#reports/measures.ts';
import {dearestChunk} from '#reports/reproduction/budget-slack.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';

const figure10 = loadScenario(join(packageRoot, 'scenarios/zamani2018/figure-10.yaml'));

function scenarioOf(variant: string): Scenario {
	const found = figure10.variants.find(one => one.variant === variant);
	if (!found) {
		throw new Error(`no variant ${variant}`);
	}
	return found.scenario;
}

function collected(scenario: Scenario, bodies: readonly RecordBody[]) {
	const identity = {variant: '', repeat: 0};
	const collector = new VariantCollector(identity);
	for (const body of bodies) {
		collector.add({...body, ...identity} as StreambedRecord);
	}
	return collector.finish({scenario, outcome: undefined});
}

function measured(scenario: Scenario, bodies: readonly RecordBody[]) {
	const measurements = measureVariantRun(collected(scenario, bodies));
	return (measure: string, minimumResolutionRatio: number | null = null) => {
		const one = measurements.find(
			other => other.measure === measure && other.minimumResolutionRatio === minimumResolutionRatio,
		);
		return one?.value ?? one?.reason;
	};
}

const path = ['observatory-edge', 'edge-transit', 'transit-core', 'core-user'];

const accepted = (stream: string, sites: readonly string[], minimumResolutionRatio: number): RecordBody => ({
	kind: 'request.accepted',
	t: 0,
	request: `of-${stream}`,
	stream,
	minimumResolutionRatio,
	placement: sites.map((site, index) => ({stage: `window-${index + 1}`, site})),
	reservations: path.map(link => ({link, bitsPerSecond: 1e6})),
	objectiveByteKm: 0,
	completionSeconds: 25,
	costUsd: 0.123,
});

const chunk = (
	stream: string,
	sequence: number,
	{t, resolutionRatio, bytes}: {readonly t: number; readonly resolutionRatio: number; readonly bytes: number},
): readonly RecordBody[] => [
	{kind: 'chunk.produced', t: t - 20, stream, sequence, plannedSeconds: t - 20, sentSeconds: t - 20, bytes: 10e6},
	{
		kind: 'chunk.delivered',
		t,
		stream,
		sequence,
		bytes,
		resolutionRatio,
		latencySeconds: 20,
		transitSeconds: 20,
		diffSeconds: 0,
		reordered: false,
	},
];

/** By hand: three workers for 6.25 s at 0.0116 USD/h. */
const serviceUsd = (3 * 6.25 * 0.0116) / 3600;
const usdPerByte = 0.09e-9;

test('a chunk costs the workers that were held for it and the bytes that crossed each link, as the records have them', t => {
	const cost = measured(scenarioOf('reserved'), [
		accepted('full', ['core', 'core', 'core'], 1),
		accepted('small', ['edge', 'transit', 'core'], 0.6),
		...chunk('full', 0, {t: 30, resolutionRatio: 1, bytes: 10e6}),
		...chunk('full', 1, {t: 40, resolutionRatio: 1, bytes: 10e6}),
		...chunk('small', 0, {t: 30, resolutionRatio: 0.7, bytes: 4.9e6}),
		// Nobody knows how far it came.
		{kind: 'chunk.produced', t: 50, stream: 'full', sequence: 2, plannedSeconds: 50, sentSeconds: 50, bytes: 10e6},
	]);
	const fullUsd = serviceUsd + 40e6 * usdPerByte;
	const smallUsd = serviceUsd + (10e6 + 3 * 4.9e6) * usdPerByte;
	near(t, cost('cost.usdPerChunk', 1), fullUsd);
	near(t, cost('cost.usdPerChunk', 0.6), smallUsd);
	near(t, cost('cost.usdPerChunk'), (2 * fullUsd + smallUsd) / 3);
	near(t, cost('cost.usdPerStream', 1), 2 * fullUsd);
	near(t, cost('cost.usdPerStream'), (2 * fullUsd + smallUsd) / 2);
	near(t, cost('cost.plannedUsdPerChunk'), 0.123);
});

test('a stream that was moved is charged for where it stood when the chunk came', t => {
	const [, ...moved] = chunk('small', 1, {t: 60, resolutionRatio: 0.5, bytes: 2.5e6});
	const cost = measured(scenarioOf('reserved'), [
		accepted('small', ['edge', 'edge', 'edge'], 0.5),
		...chunk('small', 0, {t: 30, resolutionRatio: 0.5, bytes: 2.5e6}),
		{
			kind: 'stream.replaced',
			t: 40,
			stream: 'small',
			reason: 'site edge was lost',
			placement: ['core', 'core', 'core'].map((site, index) => ({stage: `window-${index + 1}`, site})),
			reservations: path.map(link => ({link, bitsPerSecond: 1e6})),
			completionSeconds: 25,
			costUsd: 0.1,
			resolutionRatio: 0.5,
		},
		{kind: 'chunk.produced', t: 41, stream: 'small', sequence: 1, plannedSeconds: 41, sentSeconds: 41, bytes: 10e6},
		...moved,
	]);
	near(t, cost('cost.usdPerStream'), 2 * serviceUsd + (10e6 + 3 * 2.5e6 + 3 * 10e6 + 2.5e6) * usdPerByte);
});

test('at a time scale the cost is that of the whole scenario', t => {
	const scenario = {...scenarioOf('reserved'), timeScale: 0.1};
	const produced = {plannedSeconds: 10, sentSeconds: 10, bytes: 1e6};
	const [, delivered] = chunk('full', 0, {t: 30, resolutionRatio: 1, bytes: 1e6});
	const cost = measured(scenario, [
		accepted('full', ['core', 'core', 'core'], 1),
		{kind: 'chunk.produced', t: 10, stream: 'full', sequence: 0, ...produced},
		...(delivered ? [delivered] : []),
	]);
	near(t, cost('cost.usdPerChunk'), serviceUsd + 40e6 * usdPerByte);
});

test('where nothing came, or the records do not say enough, there is a reason in place of a number', t => {
	const nothing = measured(scenarioOf('reserved'), [accepted('full', ['core', 'core', 'core'], 1)]);
	t.is(nothing('cost.usdPerChunk'), 'no chunk was delivered');
	t.is(nothing('cost.linksUsd'), 'links were not sampled');
	const [, orphan] = chunk('full', 0, {t: 30, resolutionRatio: 1, bytes: 10e6});
	const lacking = measured(scenarioOf('reserved'), orphan ? [orphan] : []);
	t.is(lacking('cost.usdPerStream'), 'the records lack where a stream stood, or what its producer sent');
});

test('simulated, the chunks of a run without losses cost what its links carried and its workers did', async t => {
	const scenario = scenarioOf('tcp');
	const bodies: RecordBody[] = [];
	const {signal} = new AbortController();
	await simulateVariant({scenario, seed: 1, emit: body => bodies.push(body), signal});
	const cost = measured(scenario, bodies);
	const delivered = Number(cost('chunks.delivered'));
	t.true(delivered > 600);
	const chunksUsd = Number(cost('cost.usdPerChunk')) * delivered - serviceUsd * delivered;
	// The links are sampled every 1.7 s, and what was carried after the last sample is not in them.
	near(t, cost('cost.linksUsd'), chunksUsd, 0.005);
	// Twelve streams hold 36 workers for all but the first seconds of 600, busy or not.
	const heldUsd = (36 * 600 * 0.0116) / 3600;
	near(t, cost('cost.reservedWorkersUsd'), heldUsd, 0.05);
	const dearest = dearestChunk([collected(scenario, bodies)]);
	t.like(dearest, {budgetUsd: 1});
	near(t, dearest?.usd, serviceUsd + 40e6 * usdPerByte);
});

function near(
	t: {true(value: boolean, message: string): unknown},
	actual: number | string | undefined,
	expected: number,
	toleranceRatio = 1e-9,
): void {
	t.true(
		Math.abs(Number(actual) - expected) <= toleranceRatio * expected,
		`${actual}, expected ${expected}, tolerance ${toleranceRatio} of it`,
	);
}
