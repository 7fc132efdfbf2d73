import {formatPercent, listed, rateText} from '../format.ts';
import type {CutLink, EnforcementRow} from './real-links-enforcement.ts';

/** What the draws say of the enforcement of rates, in sentences: computed, not written. */
export function enforcementFinding({
	figure,
	rows,
	cut,
}: {
	readonly figure: string;
	readonly rows: readonly EnforcementRow[];
	readonly cut: CutLink | undefined;
}): readonly string[] {
	const enforced = rows.filter(({sharing}) => sharing === 'reserved');
	const shared = rows.filter(({sharing}) => sharing === 'tcp');
	const isSplit = enforced.every(({comesOut}) => comesOut) && shared.every(({comesOut}) => !comesOut);
	const lead = isSplit
		? `Fig. ${figure} comes out where the rate of every stream is enforced (${counts(enforced)}), and nowhere that the streams share the links by TCP (${counts(shared)}).`
		: `What Fig. ${figure} prints comes out in ${counts(rows.filter(({comesOut}) => comesOut)) || 'none of the cases'}; it does not in ${counts(rows.filter(({comesOut}) => !comesOut)) || 'none of them'}.`;
	return [lead, ...(cut ? [demandText(cut)] : []), ...stopText(rows), meaningOf({isSplit, enforced, shared})];
}

function meaningOf({
	isSplit,
	enforced,
	shared,
}: {
	readonly isSplit: boolean;
	readonly enforced: readonly EnforcementRow[];
	readonly shared: readonly EnforcementRow[];
}): string {
	if (isSplit) {
		return 'So the enforcement is the mechanism of the figure: the same loss of bandwidth stops streams that are held to their reservations, and none that are not.';
	}
	const stops = ({stoppedCountMean}: EnforcementRow) => (stoppedCountMean ?? 0) > 0;
	return enforced.every(stops) && !shared.some(stops)
		? 'So it is the enforcement that stops streams, and not the loss of bandwidth; but not all that is printed comes out wherever rates are enforced.'
		: 'So these draws do not show that the enforcement alone is the mechanism of the figure.';
}

/** Bodies with the draws in which everything printed holds. */
function counts(rows: readonly EnforcementRow[]): string {
	return listed(
		rows.map(({body, variant, heldCount, drawCount}) => `${body}, ${variant}: ${heldCount} of ${drawCount} draws`),
	);
}

function demandText({link, leftBitsPerSecond, carriedBitsPerSecond, reserved}: CutLink): string {
	const carried =
		carriedBitsPerSecond === undefined
			? ''
			: `Before the cut the streams put ${rateText(carriedBitsPerSecond)} on ${link}, which keeps ${rateText(leftBitsPerSecond)}: throughput ${carriedBitsPerSecond <= leftBitsPerSecond ? 'fits' : 'does not fit'}. `;
	const parts = reserved.map(
		({upToRatio, bitsPerSecond}) =>
			`${rateText(bitsPerSecond)} by those of at most ${formatPercent(upToRatio)} (${bitsPerSecond <= leftBitsPerSecond ? 'fits' : 'does not'})`,
	);
	return `${carried}Reserved on it, to meet the deadlines, are ${listed(parts)}.`;
}

function stopText(rows: readonly EnforcementRow[]): readonly string[] {
	const known = rows.filter(({stoppedCountMean}) => stoppedCountMean !== undefined);
	return known.length === 0
		? []
		: [
				`Streams stopped in a draw, mean: ${listed(known.map(({body, variant, stoppedCountMean}) => `${Number((stoppedCountMean ?? 0).toFixed(1))} in ${body}, ${variant}`))}.`,
			];
}
