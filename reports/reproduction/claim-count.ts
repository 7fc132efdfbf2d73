import {listed} from '../format.ts';
import {claimStanding} from '../published/claim-standing.ts';
import type {ClaimResult} from './judge-figure.ts';

/** How many hold, are neither shown nor refuted, and are refuted. */
export type StandingCounts = {
	readonly count: number;
	readonly heldCount: number;
	readonly undecidedCount: number;
	readonly refutedCount: number;
};

/** Checks of ours are nothing that a paper claims: they are counted apart. */
export type ClaimCounts = {readonly paper: StandingCounts; readonly ours: StandingCounts};

/** Counts claims of a paper, and checks of ours beside them. */
export function claimCounts(results: readonly ClaimResult[]): ClaimCounts {
	const of = (origin: ClaimResult['claim']['origin']) => countsOf(results.filter(({claim}) => claim.origin === origin));
	return {paper: of('printed'), ours: of('ours')};
}

/** `all 12 claims of the paper hold; of 6 checks of ours 4 hold, 1 is not refuted and 1 is refuted`. */
export function claimCountText(results: readonly ClaimResult[]): string {
	const {paper, ours} = claimCounts(results);
	return [
		...(paper.count > 0 ? [countText(paper, {one: 'claim of the paper', many: 'claims of the paper'})] : []),
		...(ours.count > 0 ? [countText(ours, {one: 'check of ours', many: 'checks of ours'})] : []),
	].join('; ');
}

function countsOf(results: readonly ClaimResult[]): StandingCounts {
	const standings = results.map(({claim, judged}) => claimStanding(claim, judged));
	const countOf = (standing: (typeof standings)[number]) => standings.filter(one => one === standing).length;
	return {
		count: results.length,
		heldCount: countOf('holds'),
		undecidedCount: countOf('not refuted'),
		refutedCount: countOf('refuted'),
	};
}

function countText(
	{count, heldCount, undecidedCount, refutedCount}: StandingCounts,
	{one, many}: {readonly one: string; readonly many: string},
): string {
	if (heldCount === count) {
		return count === 1 ? `the one ${one} holds` : `all ${count} ${many} hold`;
	}
	const isText = (some: number) => `${some} ${some === 1 ? 'is' : 'are'}`;
	return `of ${count} ${count === 1 ? one : many} ${listed([
		...(heldCount > 0 ? [`${heldCount} ${heldCount === 1 ? 'holds' : 'hold'}`] : []),
		...(undecidedCount > 0 ? [`${isText(undecidedCount)} not refuted`] : []),
		...(refutedCount > 0 ? [`${isText(refutedCount)} refuted`] : []),
	])}`;
}
