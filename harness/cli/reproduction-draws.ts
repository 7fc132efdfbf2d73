import type {StreambedRecord} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {VariantRun} from '#reports/run-data.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import type {SimulatedDraw, Simulations} from '#testbeds/testbed.ts';

/** So many draws are begun before they are read, so that no thread waits for the reader. */
const aheadCount = 16;

/** Draws every variant of every scenario once for each seed; what several figures look at is simulated once. */
export async function drawScenarios({
	scenarios,
	seeds,
	simulations,
	onDrawn,
}: {
	readonly scenarios: readonly LoadedScenario[];
	readonly seeds: readonly number[];
	readonly simulations: Simulations;
	readonly onDrawn: (progress: {readonly drawnCount: number; readonly count: number}) => void;
}): Promise<(draw: {readonly scenario: Scenario; readonly seed: number; readonly variant: string}) => VariantRun> {
	const wanted = new Map(
		scenarios.flatMap(({variants}) =>
			variants.flatMap(({scenario}) => seeds.map(seed => [keyOf({scenario, seed}), {scenario, seed}] as const)),
		),
	);
	// Nothing aborts it: who ends the program ends its threads.
	const {signal} = new AbortController();
	const drawn = new Map<string, VariantRun>();
	const underWay: Array<{readonly key: string; readonly scenario: Scenario; readonly draw: SimulatedDraw}> = [];
	const readFirst = async () => {
		const first = underWay.shift();
		if (first) {
			drawn.set(first.key, await collect(first.draw, first.scenario));
			onDrawn({drawnCount: drawn.size, count: wanted.size});
		}
	};
	for (const [key, {scenario, seed}] of wanted) {
		underWay.push({key, scenario, draw: simulations.begin({scenario, seed, signal})});
		if (underWay.length === aheadCount) {
			await readFirst();
		}
	}
	while (underWay.length > 0) {
		await readFirst();
	}
	return ({variant, ...draw}) => {
		const run = drawn.get(keyOf(draw));
		if (!run) {
			throw new Error('only what was drawn is asked for');
		}
		return {...run, variant};
	};
}

/** Two scenarios that agree in this simulate alike. */
function keyOf({scenario, seed}: {readonly scenario: Scenario; readonly seed: number}): string {
	const {topology, stack, workload, timing, timeline, timeScale, limits} = scenario;
	return JSON.stringify([seed, topology, stack, workload, timing, timeline, timeScale, limits]);
}

async function collect(draw: SimulatedDraw, scenario: Scenario): Promise<VariantRun> {
	const identity = {variant: '', repeat: 0};
	const collector = new VariantCollector(identity);
	const {outcome, failure} = await draw.read(body => collector.add({...body, ...identity} as StreambedRecord));
	if (outcome !== 'completed') {
		throw failure ?? new Error(`a simulation ended as ${outcome}`);
	}
	return collector.finish({scenario, outcome: undefined});
}
