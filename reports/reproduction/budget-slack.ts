import type {Usd} from '#core/units.ts';
import {formatMeasure} from '../format.ts';
import {costMeasures} from '../measures/cost.ts';
import type {VariantRun} from '../run-data.ts';
import {classesOf} from '../series.ts';

/** What a chunk costs in the mean of the dearest class of streams of some draws, beside the least budget of theirs. */
export type DearestChunk = {readonly usd: Usd; readonly budgetUsd: Usd; readonly budgetRejectedCount: number};

/** By the mean of each class of each draw's streams; `undefined` where nothing was delivered, or no budget was given. */
export function dearestChunk(runs: readonly VariantRun[]): DearestChunk | undefined {
	const usd = runs
		.flatMap(run => classesOf([run]).flatMap(streamClass => costMeasures(run, streamClass)))
		.reduce(
			(most, [measure, value]) =>
				measure === 'cost.usdPerChunk' && typeof value === 'number' ? Math.max(most, value) : most,
			0,
		);
	const budgetUsd = runs
		.flatMap(({scenario}) => scenario.workload.requests)
		.reduce((least, {budgetUsdPerChunk}) => Math.min(least, budgetUsdPerChunk), Number.POSITIVE_INFINITY);
	const budgetRejectedCount = runs
		.flatMap(({requests}) => requests)
		.filter(({answer}) => answer?.kind === 'request.rejected' && answer.reason === 'budget').length;
	return usd > 0 && Number.isFinite(budgetUsd) ? {usd, budgetUsd, budgetRejectedCount} : undefined;
}

/** Whether the budget of the requests had a say in the draws, with its numbers. */
export function budgetText({usd, budgetUsd, budgetRejectedCount}: DearestChunk): string {
	const [dearest, budget] = [formatMeasure(usd, 'USD'), formatMeasure(budgetUsd, 'USD')];
	const slack = `${Number((budgetUsd / usd).toPrecision(3))} times`;
	return budgetRejectedCount === 0
		? `The budget of ${budget} a chunk never binds: in the dearest class of streams of all draws, a chunk costs ${dearest} on average as it was sent and computed, ${slack} less, and no request was rejected for it.`
		: `The budget of ${budget} a chunk is ${slack} what a chunk costs on average in the dearest class of streams of all draws (${dearest}), and ${budgetRejectedCount} requests were rejected for it.`;
}
