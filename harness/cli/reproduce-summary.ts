import type {Agreement} from '#reports/compare-agreement.ts';
import {agreementText} from '#reports/compare-text.ts';
import {type ClaimStanding, claimStanding} from '#reports/published/claim-standing.ts';
import type {PublishedClaim} from '#reports/published/schema.ts';
import {claimText, verdictText} from '#reports/reproduction/claim-text.ts';
import {crossCheck} from '#reports/reproduction/cross-check.ts';
import type {FigureDraws} from '#reports/reproduction/figure-draws.ts';
import {isCounted, judgeRealFigure, type RealFigure} from '#reports/reproduction/real-links.ts';
import type {VariantRun} from '#reports/run-data.ts';

/** What came out for one figure and transport over real links: the claims, and how far the model agrees. */
export type RealSummary = {
	readonly figure: string;
	readonly transport: string;
	readonly folder: string;
	/** Draws that do not count, each with the reason. */
	readonly leftOut: readonly string[];
	/** Draws that count and are suspect, each with the reason. */
	readonly suspect: readonly string[];
	readonly claims: ReadonlyArray<{
		readonly claim: string;
		/** The paper's own, or a check of ours. */
		readonly origin: PublishedClaim['origin'];
		readonly verdict: ClaimStanding | 'not judged';
		readonly drawCount: number;
		/** For people. */
		readonly text: string;
		readonly counterexamples: readonly string[];
	}>;
	readonly agreements: readonly Agreement[];
};

export function realSummaries(
	driven: readonly RealFigure[],
	simulated: readonly FigureDraws[],
): readonly RealSummary[] {
	return driven.map(real => {
		const model = simulated.find(({figure}) => figure.figure === real.figure.figure);
		return {
			figure: real.figure.figure,
			transport: real.transport,
			folder: real.data.folder,
			leftOut: real.data.runs.filter(run => !isCounted(run)).map(run => drawText(real, run)),
			suspect: real.data.runs
				.filter(run => isCounted(run) && run.outcome?.verdict === 'suspect')
				.map(run => drawText(real, run)),
			claims: judgeRealFigure(real).map(({result, drawCount}) => ({
				claim: result.claim.claim,
				origin: result.claim.origin,
				verdict: drawCount === 0 ? 'not judged' : claimStanding(result.claim, result.judged),
				drawCount,
				text: drawCount === 0 ? 'not judged: no draw counts' : verdictText(result, drawCount),
				counterexamples: result.judged.counterexamples,
			})),
			agreements: model ? crossCheck(real, model).flatMap(({agreements}) => agreements) : [],
		};
	});
}

/** The same for a terminal; nothing where nothing was driven. */
export function realText(summaries: readonly RealSummary[]): string {
	return summaries
		.flatMap(({figure, transport, leftOut, suspect, claims, agreements}) => [
			`Fig. ${figure} on real links, ${transport}:`,
			...leftOut.map(text => `  left out: ${text}`),
			...suspect.map(text => `  counts with a doubt: ${text}`),
			...claims.flatMap(({text, counterexamples, ...claim}) => [
				`  ${text}: ${claimText(claim)}`,
				...counterexamples.map(counterexample => `    ${counterexample}`),
			]),
			...agreements.map(agreement => `  simulated against emulated, ${agreement.variant}: ${agreementText(agreement)}`),
		])
		.map(line => `${line}\n`)
		.join('');
}

function drawText({data}: RealFigure, {variant, repeat, outcome}: VariantRun): string {
	const reasons = outcome?.reasons.map(({reason}) => reason).join('; ') ?? 'it did not come to a verdict';
	return `seed ${data.document.seed + repeat}, ${variant}, ${outcome?.verdict ?? 'no verdict'}: ${reasons}`;
}
