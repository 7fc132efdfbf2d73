import type {Agreement} from './compare-agreement.ts';
import type {Explanation} from './compare-explanations.ts';
import type {ComparedMeasure} from './compare-measures.ts';
import {formatMeasure, formatPercent} from './format.ts';

/** What a comparison reads like, on a terminal and on a page. */

const roundingRatio = 1e-9;

/** A difference as a signed share; the dash stands for one that cannot be told. */
export function differenceText(ratio: number | null): string {
	if (ratio === null) {
		return '–';
	}
	// What is left of sums in another order is no difference.
	return Math.abs(ratio) < roundingRatio
		? '0\u00a0%'
		: `${ratio < 0 ? '−' : '+'}${(Math.abs(ratio) * 100).toPrecision(3)}\u00a0%`;
}

/** A measure and the class of streams that it is of. */
export function measureText({
	measure,
	minimumResolutionRatio,
}: Pick<ComparedMeasure, 'measure' | 'minimumResolutionRatio'>): string {
	return `${measure}${minimumResolutionRatio === null ? '' : `, ${formatPercent(minimumResolutionRatio)} streams`}`;
}

/** A mark with what was found and what was asked. */
export function agreementText({mark, value, unit, target, sense, holds}: Agreement): string {
	const bound = `${formatMeasure(target, unit)} at ${sense === 'at-least' ? 'least' : 'most'}`;
	return `${mark}: ${formatMeasure(value, unit)} (${bound}): ${holds ? 'holds' : 'does not hold'}`;
}

/** A fact with its two numbers. */
export function explanationText({fact, unit, a, b}: Explanation): string {
	return `${fact}: ${formatMeasure(a, unit)} → ${formatMeasure(b, unit)}`;
}
