import type {Seconds} from '#core/units.ts';
import type {MeasureUnit} from './measurement.ts';
import type {VariantRun} from './run-data.ts';
import {deliveringCount} from './series.ts';

/** One mark that two runs of one variant agree by. */
export type Agreement = {
	readonly variant: string;
	readonly mark: string;
	readonly unit: MeasureUnit;
	/** Of the pair of draws that agree least; `null` where it could not be taken. */
	readonly value: number | null;
	readonly target: number;
	readonly sense: 'at-least' | 'at-most';
	readonly holds: boolean;
};

/** Draws of the same repeat, so of the same seed where the runs have one seed. */
export type DrawPair = {readonly a: VariantRun; readonly b: VariantRun};

/**
 * How far the draws of two runs go together, second by second and request by request. Each mark is judged by the pair that
 * agrees least; without a pair none holds.
 */
export function agreementsOf(variant: string, pairs: readonly DrawPair[]): readonly Agreement[] {
	return marks.map(({mark, unit, target, sense, takenFrom}) => {
		const values = pairs.map(takenFrom);
		const known = values.filter(value => value !== undefined);
		const value = known.length === 0 ? null : sense === 'at-least' ? Math.min(...known) : Math.max(...known);
		const isSeen = value !== null && known.length === values.length;
		const holds = isSeen && (sense === 'at-least' ? value >= target : value <= target);
		return {variant, mark, unit, value, target, sense, holds};
	});
}

type Mark = Pick<Agreement, 'mark' | 'unit' | 'target' | 'sense'> & {
	readonly takenFrom: (pair: DrawPair) => number | undefined;
};

const marks: readonly Mark[] = [
	{
		mark: 'seconds in which the streams that deliver differ by one at most',
		unit: 'ratio',
		target: 0.95,
		sense: 'at-least',
		takenFrom: likeSeconds,
	},
	{
		mark: 'difference of the mean resolution',
		unit: 'ratio',
		target: 0.05,
		sense: 'at-most',
		takenFrom: ({a, b}) => distance(meanResolution(a), meanResolution(b)),
	},
	{
		mark: 'requests that only one of them accepts',
		unit: 'count',
		target: 0,
		sense: 'at-most',
		takenFrom: ({a, b}) => acceptedBy(a).symmetricDifference(acceptedBy(b)).size,
	},
];

function likeSeconds({a, b}: DrawPair): number | undefined {
	const endSeconds = Math.floor(Math.min(a.observedSeconds, b.observedSeconds));
	if (endSeconds < 1) {
		return undefined;
	}
	const counts = (run: VariantRun, t: Seconds) => deliveringCount(run, null, t);
	const alike = Array.from({length: endSeconds + 1}, (_, t) => Math.abs(counts(a, t) - counts(b, t)) <= 1);
	return alike.filter(Boolean).length / alike.length;
}

function meanResolution({streams}: VariantRun): number | undefined {
	const deliveries = streams.flatMap(stream => stream.deliveries);
	return deliveries.length === 0
		? undefined
		: deliveries.reduce((sum, {resolutionRatio}) => sum + resolutionRatio, 0) / deliveries.length;
}

const distance = (one: number | undefined, other: number | undefined): number | undefined =>
	one === undefined || other === undefined ? undefined : Math.abs(one - other);

const acceptedBy = ({requests}: VariantRun): Set<string> =>
	new Set(requests.filter(({answer}) => answer?.kind === 'request.accepted').map(({request}) => request));
