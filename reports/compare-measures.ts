import type {Measurement} from './measurement.ts';
import type {EstimatedMeasure} from './summary-schema.ts';

export type ComparedMeasure = Pick<Measurement, 'measure' | 'minimumResolutionRatio' | 'unit'> & {
	readonly variant: string;
	readonly a: number | null;
	readonly b: number | null;
	/** (b − a) ÷ a; `null` where a is 0 or one of them was not measured. */
	readonly differenceRatio: number | null;
	/** With repeats on both sides: whether the 95 % intervals lie apart. */
	readonly intervalsApart: boolean | null;
	/** Why a side has no value. */
	readonly missing?: string;
};

/** Every measure that both sides of a variant have, with the difference as a share of the first. */
export function compareMeasures({
	variant,
	a,
	b,
}: {
	readonly variant: string;
	readonly a: readonly EstimatedMeasure[];
	readonly b: readonly EstimatedMeasure[];
}): readonly ComparedMeasure[] {
	return a.flatMap(one => {
		const other = b.find(
			({measure, minimumResolutionRatio}) =>
				measure === one.measure && minimumResolutionRatio === one.minimumResolutionRatio,
		);
		return other ? compared(variant, one, other) : [];
	});
}

function compared(variant: string, a: EstimatedMeasure, b: EstimatedMeasure): ComparedMeasure {
	const {measure, minimumResolutionRatio, unit} = a;
	const missing = (a.mean === null ? a.reason : undefined) ?? (b.mean === null ? b.reason : undefined);
	return {
		variant,
		measure,
		minimumResolutionRatio,
		unit,
		a: a.mean,
		b: b.mean,
		differenceRatio: differenceRatio(a.mean, b.mean),
		intervalsApart: apart(a, b),
		...(missing === undefined ? {} : {missing}),
	};
}

function differenceRatio(a: number | null, b: number | null): number | null {
	if (a === null || b === null) {
		return null;
	}
	if (a === 0) {
		return b === 0 ? 0 : null;
	}
	return (b - a) / Math.abs(a);
}

function apart(a: EstimatedMeasure, b: EstimatedMeasure): boolean | null {
	if (a.intervalLow === null || a.intervalHigh === null || b.intervalLow === null || b.intervalHigh === null) {
		return null;
	}
	return a.intervalHigh < b.intervalLow || b.intervalHigh < a.intervalLow;
}
