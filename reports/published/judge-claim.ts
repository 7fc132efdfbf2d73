import type {Ratio} from '#core/units.ts';
import {estimate} from '../statistics.ts';
import type {PublishedClaim, PublishedCondition, ValueSelector} from './schema.ts';
import {selectorText} from './selector-text.ts';

/** What one draw says of a published number; `undefined` when it was not measured. */
export type DrawnValue = (selector: ValueSelector) => number | undefined;

export type JudgedClaim = {
	/** Unless the draws refute it: a share that is asked for is refuted when the 95 % bound above the share seen lies below it. */
	readonly holds: boolean;
	/** The share of draws in which all of its conditions held. */
	readonly heldRatio: Ratio;
	/** Of a claim of order: whether the 95 % intervals of neighbours do not touch. Only some claims ask for it. */
	readonly intervalsApart: boolean;
	/** Of the first draws that did not: which condition failed, with its numbers. */
	readonly counterexamples: readonly string[];
};

const counterexamplesMax = 3;

/** Holds a published claim against draws. A condition on what was not measured does not hold. */
export function judgeClaim(claim: PublishedClaim, draws: readonly DrawnValue[]): JudgedClaim {
	const failures = draws.map(measuredValue =>
		claim.conditions.flatMap(condition => failureOf(condition, measuredValue) ?? []),
	);
	const heldRatio = draws.length === 0 ? 0 : failures.filter(({length}) => length === 0).length / draws.length;
	return {
		holds: draws.length > 0 && upperBound(heldRatio, draws.length) >= claim.heldRatio,
		heldRatio,
		intervalsApart: claim.conditions.every(condition => condition.kind !== 'rising' || areApart(condition.of, draws)),
		counterexamples: failures
			.flatMap((texts, index) => (texts.length === 0 ? [] : `draw ${index + 1}: ${texts.join('; ')}`))
			.slice(0, counterexamplesMax),
	};
}

/** One-sided 95 % bound of a share seen in so many draws (Wilson); the share itself when it is all of them. */
function upperBound(heldRatio: Ratio, drawCount: number): Ratio {
	if (heldRatio === 1) {
		return 1;
	}
	const z = 1.6449;
	const centre = heldRatio + z ** 2 / (2 * drawCount);
	const half = z * Math.sqrt((heldRatio * (1 - heldRatio)) / drawCount + (z / (2 * drawCount)) ** 2);
	return (centre + half) / (1 + z ** 2 / drawCount);
}

/** Where 0.55 is 33 of 60 workers, rounding is not what decides. */
const roundingTolerance = 1e-9;

function failureOf(condition: PublishedCondition, measuredValue: DrawnValue): string | undefined {
	switch (condition.kind) {
		case 'value': {
			const {of, printed, tolerance} = condition;
			const value = measuredValue(of);
			return value !== undefined && Math.abs(value - printed) <= tolerance + roundingTolerance
				? undefined
				: `${selectorText(of)} is ${shown(value)}, printed ${printed} ± ${tolerance}`;
		}
		case 'rising': {
			const values = condition.of.map(measuredValue);
			return values.every((value, index) => index === 0 || isLess(values[index - 1], value))
				? undefined
				: `not rising: ${condition.of.map((of, index) => `${selectorText(of)}: ${shown(values[index])}`).join(' → ')}`;
		}
		case 'gain': {
			const [from, to] = [measuredValue(condition.from), measuredValue(condition.to)];
			return from !== undefined && to !== undefined && to - from >= condition.atLeast - roundingTolerance
				? undefined
				: `${selectorText(condition.to)}: ${shown(to)} is not ${condition.atLeast} above ${selectorText(condition.from)}: ${shown(from)}`;
		}
		default:
			return condition satisfies never;
	}
}

function areApart(selectors: readonly ValueSelector[], draws: readonly DrawnValue[]): boolean {
	const intervals = selectors.map(
		selector => estimate(draws.flatMap(measuredValue => measuredValue(selector) ?? []))?.interval,
	);
	return intervals.every((interval, index) => {
		const before = intervals[index - 1];
		return index === 0 || isLess(before?.high, interval?.low);
	});
}

function isLess(a: number | undefined, b: number | undefined): boolean {
	return a !== undefined && b !== undefined && a < b - roundingTolerance;
}

function shown(value: number | undefined): string {
	return value === undefined ? 'not measured' : String(Number(value.toPrecision(4)));
}
