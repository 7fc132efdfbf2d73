import {formatMeasure} from '../format.ts';
import type {MeasureUnit} from '../measurement.ts';
import {claimStanding, missesIntervals} from '../published/claim-standing.ts';
import type {PublishedClaim, PublishedCondition} from '../published/schema.ts';
import {selectorText} from '../published/selector-text.ts';
import type {ClaimResult, ComparedValue} from './judge-figure.ts';

/** What a claim, what was published and what came out read like, on a terminal and on a page. */

/** A claim, by whose it is: the paper's, or a check of ours. */
export function claimText({claim, origin}: Pick<PublishedClaim, 'claim' | 'origin'>): string {
	return origin === 'ours' ? `${claim} (a check of ours)` : claim;
}

/** One line for each condition: what it looks at. */
export function subjectLines({conditions}: ClaimResult): readonly string[] {
	return conditions.map(({values}) => values.map(({of}) => selectorText(of)).join(' → '));
}

/** One line for each condition: what is claimed of it. */
export function publishedLines({conditions}: ClaimResult): readonly string[] {
	return conditions.map(({condition, values}) => publishedText(condition, values));
}

/** One line for each condition: the mean over the draws, with its 95 % interval. */
export function measuredLines({conditions}: ClaimResult): readonly string[] {
	return conditions.map(({values}) => values.map(measuredText).join(' → '));
}

/** What the draws say of the claim. */
export function verdictText({judged, claim}: ClaimResult, drawCount: number): string {
	const heldCount = Math.round(judged.heldRatio * drawCount);
	const details = [
		`${heldCount} of ${drawCount} ${drawCount === 1 ? 'seed' : 'seeds'}`,
		...(claim.heldRatio < 1 ? [`${claim.heldRatio * 100}\u00a0% asked`] : []),
		...(missesIntervals(claim, judged) ? ['intervals not apart'] : []),
	];
	return `${claimStanding(claim, judged)} (${details.join('; ')})`;
}

function publishedText(condition: PublishedCondition, [first]: readonly ComparedValue[]): string {
	const unit = first?.unit ?? 'count';
	switch (condition.kind) {
		case 'value': {
			const {printed, tolerance} = condition;
			return `${formatMeasure(printed, unit)}${tolerance === 0 ? '' : ` ± ${differenceText(tolerance, unit)}`}`;
		}
		case 'rising':
			return 'rising';
		case 'gain':
			return `more by at least ${differenceText(condition.atLeast, unit)}`;
		default:
			return condition satisfies never;
	}
}

function measuredText({measured, unit}: ComparedValue): string {
	const mean = formatMeasure(measured?.mean, unit);
	const interval = measured?.interval;
	return interval ? `${mean} [${formatMeasure(interval.low, unit)}, ${formatMeasure(interval.high, unit)}]` : mean;
}

/** A difference of shares is one of points: 4 % of 55 % would be another. */
function differenceText(difference: number, unit: MeasureUnit): string {
	return unit === 'ratio' ? `${Number((difference * 100).toFixed(1))} points` : formatMeasure(difference, unit);
}
