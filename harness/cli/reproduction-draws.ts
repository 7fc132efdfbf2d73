import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {VariantRun} from '#reports/run-data.ts';
import type {Simulations} from '#testbeds/testbed.ts';

/** Draws every variant of every scenario once for each seed; what several figures look at is simulated once. */
export async function drawScenarios({
	scenarios,
	seeds,
	simulations,
	signal,
	onDrawn,
}: {
	readonly scenarios: readonly LoadedScenario[];
	readonly seeds: readonly number[];
	readonly simulations: Simulations;
	/** Rejects with its reason when it is aborted. */
	readonly signal: AbortSignal;
	readonly onDrawn: (progress: {readonly drawnCount: number; readonly count: number}) => void;
}): Promise<(draw: {readonly scenario: Scenario; readonly seed: number; readonly variant: string}) => VariantRun> {
	const wanted = new Map(
		scenarios.flatMap(({variants}) =>
			variants.flatMap(({scenario}) => seeds.map(seed => [keyOf({scenario, seed}), {scenario, seed}] as const)),
		),
	);
	const drawn = new Map<string, VariantRun>();
	const {recordCollector} = await import('./draw-collector.ts');
	await Promise.all(
		[...wanted].map(async ([key, {scenario, seed}]) => {
			const {end, collected} = await simulations.collect({scenario, seed, signal, collectorUrl: recordCollector.url});
			signal.throwIfAborted();
			if (end.outcome !== 'completed') {
				throw end.failure ?? new Error(`a simulation ended as ${end.outcome}`);
			}
			// The scenario that went there and came back is another object; draws of one scenario share theirs.
			drawn.set(key, {...(collected as VariantRun), scenario});
			onDrawn({drawnCount: drawn.size, count: wanted.size});
		}),
	);
	return ({variant, ...draw}) => {
		const run = drawn.get(keyOf(draw));
		if (!run) {
			throw new Error('only what was drawn is asked for');
		}
		return {...run, variant};
	};
}

const onlySaid: ReadonlySet<string> = new Set<keyof Scenario>([
	'title',
	'description',
	'source',
	'repeat',
	'variants',
	'expect',
	'fidelity',
]);

/** Two scenarios simulate alike when they agree in all but what is only said or asked of them. */
function keyOf({scenario, seed}: {readonly scenario: Scenario; readonly seed: number}): string {
	return JSON.stringify(Object.entries({...scenario, seed}).filter(([key]) => !onlySaid.has(key)));
}
