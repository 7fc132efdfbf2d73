import {claimText} from './claim-text.ts';
import type {ClaimResult} from './judge-figure.ts';
import type {ReadingResult} from './sensitivity-reading.ts';

/** What becomes of each claim under each reading: the first is that of the scenarios as they ship. */
export type SensitivityTable = {
	readonly seedCount: number;
	readonly readings: ReadonlyArray<{readonly heading: string; readonly meaning: string}>;
	readonly rows: ReadonlyArray<{
		readonly figure: string;
		readonly claim: string;
		/** One for each reading; none where it does not touch the figure. */
		readonly cells: ReadonlyArray<SensitivityCell | undefined>;
	}>;
};

/** In how many seeds the claim held, and whether that refutes it. */
export type SensitivityCell = {readonly holds: boolean; readonly heldCount: number};

/** Puts the other readings beside the chosen one. */
export function sensitivityTable({
	chosen,
	others,
	seedCount,
}: {
	readonly chosen: readonly ClaimResult[];
	readonly others: readonly ReadingResult[];
	readonly seedCount: number;
}): SensitivityTable {
	const judgements = [chosen, ...others.map(({claims}) => claims)];
	return {
		seedCount,
		readings: [
			{heading: 'as chosen', meaning: 'the scenarios as they ship'},
			...others.map(({reading: {heading, meaning}}) => ({heading, meaning})),
		],
		rows: chosen.map(({figure, claim}) => ({
			figure,
			claim: claimText(claim),
			cells: judgements.map(claims => cellOf(claims, {figure, claim: claim.claim, seedCount})),
		})),
	};
}

/** `30`, or `✗ 12` where the claim is refuted; a dash where the reading does not touch its figure. */
export function cellText(cell: SensitivityCell | undefined): string {
	return cell === undefined ? '–' : `${cell.holds ? '' : '✗ '}${cell.heldCount}`;
}

/** What the numbers of the table are. */
export function cellsMeaning({seedCount}: SensitivityTable): string {
	return `In how many of ${seedCount} seeds each claim holds; ✗: refuted; –: the reading does not touch the figure.`;
}

function cellOf(
	claims: readonly ClaimResult[],
	{figure, claim, seedCount}: {readonly figure: string; readonly claim: string; readonly seedCount: number},
): SensitivityCell | undefined {
	const found = claims.find(one => one.figure === figure && one.claim.claim === claim);
	return found && {holds: found.judged.holds, heldCount: Math.round(found.judged.heldRatio * seedCount)};
}
