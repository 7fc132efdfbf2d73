import {join} from 'node:path';
import {loadScenario} from '#core/scenario/load.ts';
import type {FigureDraws, PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import type {Simulations} from '#testbeds/testbed.ts';
import {drawScenarios} from './reproduction-draws.ts';

/** Draws the figures of a paper by simulation, seeds 1, 2, …; what several of them look at is simulated once. */
export async function simulateFigures({
	figures,
	folder,
	set,
	seedCount,
	simulations,
	signal,
	onProgress,
}: {
	readonly figures: readonly PublishedFigure[];
	/** Where the scenarios of the paper lie. */
	readonly folder: string;
	/** `path=value`, changed in each of them. */
	readonly set: readonly string[];
	readonly seedCount: number;
	readonly simulations: Simulations;
	/** Rejects with its reason when it is aborted. */
	readonly signal: AbortSignal;
	/** Says how far it is, ten times. */
	readonly onProgress: (line: string) => void;
}): Promise<readonly FigureDraws[]> {
	const seeds = Array.from({length: seedCount}, (_, index) => index + 1);
	const loaded = figures.map(figure => ({figure, scenario: loadScenario(join(folder, figure.scenario), {set})}));
	let tenths = 0;
	const runOf = await drawScenarios({
		scenarios: loaded.map(({scenario}) => scenario),
		seeds,
		simulations,
		signal,
		onDrawn({drawnCount, count}) {
			if (Math.floor((drawnCount / count) * 10) > tenths) {
				tenths = Math.floor((drawnCount / count) * 10);
				onProgress(`${drawnCount} of ${count} draws simulated`);
			}
		},
	});
	return loaded.map(({figure, scenario: {variants}}) => ({
		figure,
		draws: seeds.map(
			seed => new Map(variants.map(({variant, scenario}) => [variant, runOf({variant, scenario, seed})])),
		),
	}));
}
