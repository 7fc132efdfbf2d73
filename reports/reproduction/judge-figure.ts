import {type MeasureUnit, unitOf} from '../measurement.ts';
import {type DrawnValue, type JudgedClaim, judgeClaim} from '../published/judge-claim.ts';
import type {PublishedClaim, PublishedCondition, ValueSelector} from '../published/schema.ts';
import {publishedValueOf} from '../published/value-of.ts';
import {type Estimate, estimate} from '../statistics.ts';
import type {FigureDraws} from './figure-draws.ts';

/** A claim beside what was drawn. */
export type ClaimResult = {
	readonly figure: string;
	readonly claim: PublishedClaim;
	readonly judged: JudgedClaim;
	readonly conditions: ReadonlyArray<{
		readonly condition: PublishedCondition;
		/** What the condition looks at, in its order. */
		readonly values: readonly ComparedValue[];
	}>;
};

export type ComparedValue = {
	readonly of: ValueSelector;
	readonly unit: MeasureUnit;
	/** Over the draws that have a value; `null` where none has. */
	readonly measured: Estimate | null;
};

/** Holds every claim of a figure against its draws. */
export function judgeFigure(figureDraws: FigureDraws): readonly ClaimResult[] {
	const draws: readonly DrawnValue[] = figureDraws.draws.map(draw => selector => {
		const run = draw.get(selector.variant);
		return run && publishedValueOf(run, selector);
	});
	return figureDraws.figure.claims.map(claim => ({
		figure: figureDraws.figure.figure,
		claim,
		judged: judgeClaim(claim, draws),
		conditions: claim.conditions.map(condition => ({
			condition,
			values: selectorsOf(condition).map(of => ({
				of,
				unit: unitOf(of.measure),
				measured: estimate(draws.flatMap(drawnValue => drawnValue(of) ?? [])),
			})),
		})),
	}));
}

function selectorsOf(condition: PublishedCondition): readonly ValueSelector[] {
	switch (condition.kind) {
		case 'value':
			return [condition.of];
		case 'rising':
			return condition.of;
		case 'gain':
			return [condition.from, condition.to];
		default:
			return condition satisfies never;
	}
}
