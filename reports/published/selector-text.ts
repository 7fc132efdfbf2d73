import {formatMeasure} from '../format.ts';
import type {ValueSelector} from './schema.ts';

/** What a condition looks at: `reserved resolution.mean, 80 % streams, at its lowest from 220 to 300 s`. */
export function selectorText({
	variant,
	measure,
	minimumResolutionRatio,
	deadlineSeconds,
	atSeconds,
	lowestWithin,
}: ValueSelector): string {
	return [
		`${variant} ${measure}`,
		...(minimumResolutionRatio === undefined ? [] : [`${formatMeasure(minimumResolutionRatio, 'ratio')} streams`]),
		...(deadlineSeconds === undefined ? [] : [`deadline ${deadlineSeconds}\u00a0s`]),
		...(atSeconds === undefined ? [] : [`at ${atSeconds}\u00a0s`]),
		...(lowestWithin === undefined
			? []
			: [`at its lowest from ${lowestWithin.fromSeconds} to ${lowestWithin.toSeconds}\u00a0s`]),
	].join(', ');
}
