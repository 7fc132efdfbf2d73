import {formatMeasure} from '../format.ts';
import type {PublishedCondition, ValueSelector} from '../published/schema.ts';
import type {ClaimResult, ComparedValue} from './judge-figure.ts';

/** What a claim, what was published and what came out read like, on a terminal and on a page. */

/** One line for each condition: what it looks at. */
export function subjectLines({conditions}: ClaimResult): readonly string[] {
	return conditions.map(({values}) => values.map(({of}) => subjectOf(of)).join(' → '));
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
	const asked = claim.heldRatio < 1 ? `, ${claim.heldRatio * 100}\u00a0% asked` : '';
	return `${judged.holds ? 'holds' : 'refuted'} (${heldCount} of ${drawCount} seeds${asked})`;
}

function publishedText(condition: PublishedCondition, [first]: readonly ComparedValue[]): string {
	const unit = first?.unit ?? 'count';
	switch (condition.kind) {
		case 'value': {
			const {printed, tolerance} = condition;
			return `${formatMeasure(printed, unit)}${tolerance === 0 ? '' : ` ± ${formatMeasure(tolerance, unit)}`}`;
		}
		case 'rising':
			return 'rising';
		case 'gain':
			return `more by at least ${formatMeasure(condition.atLeast, unit)}`;
		default:
			return condition satisfies never;
	}
}

function measuredText({measured, unit}: ComparedValue): string {
	const mean = formatMeasure(measured?.mean, unit);
	const interval = measured?.interval;
	return interval ? `${mean} [${formatMeasure(interval.low, unit)}, ${formatMeasure(interval.high, unit)}]` : mean;
}

function subjectOf({variant, measure, minimumResolutionRatio, deadlineSeconds, atSeconds}: ValueSelector): string {
	return [
		`${variant} ${measure}`,
		...(minimumResolutionRatio === undefined ? [] : [`≥ ${formatMeasure(minimumResolutionRatio, 'ratio')}`]),
		...(deadlineSeconds === undefined ? [] : [`${deadlineSeconds}\u00a0s`]),
		...(atSeconds === undefined ? [] : [`at ${atSeconds}\u00a0s`]),
	].join(', ');
}
