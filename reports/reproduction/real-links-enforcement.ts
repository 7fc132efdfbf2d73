import type {Scenario} from '#core/scenario/schema.ts';
import type {Ratio} from '#core/units.ts';
import {judgeClaim} from '../published/judge-claim.ts';
import type {PublishedClaim, PublishedCondition, ValueSelector} from '../published/schema.ts';
import {publishedValueOf} from '../published/value-of.ts';
import type {VariantRun} from '../run-data.ts';
import {meanOf} from '../shown-runs.ts';
import {type FigureDraws, runsOf} from './figure-draws.ts';
import {variantsIn} from './real-links.ts';

/** Where a figure was drawn: in the model, or over real links with one transport. */
export type Body = {readonly name: string; readonly draws: FigureDraws};

/** What a figure's printed claims come to with one way of sharing in one body. */
export type EnforcementRow = {
	readonly body: string;
	readonly variant: string;
	readonly sharing: Scenario['stack']['sharing'];
	readonly drawCount: number;
	/** Draws in which every printed claim holds. */
	readonly heldCount: number;
	/** Whether no printed claim is refuted. */
	readonly comesOut: boolean;
	/** Streams stopped in a draw. */
	readonly stoppedCountMean: number | undefined;
};

/**
 * Holds what a paper prints of a figure also against the variants that share their links in another way: whatever then no
 * longer comes out is the work of the enforcement. Nothing for figures without both ways of sharing.
 */
export function enforcementOf(bodies: readonly Body[]): readonly EnforcementRow[] {
	const rows = bodies.flatMap(({name, draws}) =>
		[...new Set(draws.draws.flatMap(draw => [...draw.keys()]))].flatMap(variant => rowOf(name, draws, variant) ?? []),
	);
	return new Set(rows.map(({sharing}) => sharing)).size > 1 ? rows : [];
}

function rowOf(body: string, draws: FigureDraws, variant: string): EnforcementRow | undefined {
	const printed = draws.figure.claims.filter(({origin}) => origin === 'printed');
	const runs = runsOf(draws, variant);
	const [first] = runs;
	if (!first || printed.length === 0 || printed.some(claim => variantsIn(claim).length > 1)) {
		return undefined;
	}
	const drawn = runs.map(run => (selector: ValueSelector) => publishedValueOf(run, selector));
	const claims = printed.map(claim => claimOn(claim, variant));
	const together = {
		claim: '',
		origin: 'printed',
		conditions: claims.flatMap(one => one.conditions),
		heldRatio: 1,
	} as const;
	return {
		body,
		variant,
		sharing: first.scenario.stack.sharing,
		drawCount: runs.length,
		heldCount: Math.round(judgeClaim(together, drawn).heldRatio * runs.length),
		comesOut: claims.every(claim => judgeClaim(claim, drawn).holds),
		stoppedCountMean: meanOf(runs.map(stoppedCount)),
	};
}

const stoppedCount = ({streams}: VariantRun): number =>
	streams.filter(({ending}) => ending?.kind === 'stream.stopped').length;

/** A claim as it would be of another variant. */
function claimOn(claim: PublishedClaim, variant: string): PublishedClaim {
	const moved = (selector: ValueSelector): ValueSelector => ({...selector, variant});
	const conditions = claim.conditions.map((condition): PublishedCondition => {
		switch (condition.kind) {
			case 'value':
				return {...condition, of: moved(condition.of)};
			case 'rising':
				return {...condition, of: condition.of.map(moved)};
			case 'gain':
				return {...condition, from: moved(condition.from), to: moved(condition.to)};
			default:
				return condition satisfies never;
		}
	});
	return {...claim, conditions};
}

/** What streams needed and had reserved on the link that was cut, and what the cut left. */
export type CutLink = {
	readonly link: string;
	readonly leftBitsPerSecond: number;
	/** What the link carried before the cut. */
	readonly carriedBitsPerSecond: number | undefined;
	/** Reserved by the streams of these classes and those below, highest first. */
	readonly reserved: ReadonlyArray<{readonly upToRatio: Ratio; readonly bitsPerSecond: number}>;
};

/** From the records of one draw; `undefined` when no link was cut in it. */
export function cutLinkOf(run: VariantRun): CutLink | undefined {
	const [change] = run.changes;
	if (!change) {
		return undefined;
	}
	const {link, requestedSeconds, rateBitsPerSecond} = change;
	const reservations = run.requests.flatMap(({answer, minimumResolutionRatio}) =>
		answer?.kind === 'request.accepted'
			? answer.reservations
					.filter(one => one.link === link)
					.map(({bitsPerSecond}) => ({minimumResolutionRatio, bitsPerSecond}))
			: [],
	);
	const classes = [...new Set(reservations.map(one => one.minimumResolutionRatio))].sort((one, other) => other - one);
	const carried = run.links
		.filter(series => series.link === link)
		.map(({samples}) => meanOf(samples.filter(({t}) => t > 0 && t <= requestedSeconds).map(one => one.bitsPerSecond)));
	return {
		link,
		leftBitsPerSecond: rateBitsPerSecond,
		carriedBitsPerSecond: carried.reduce((most, mean) => Math.max(most ?? 0, mean ?? 0), undefined),
		reserved: classes.map(upToRatio => ({
			upToRatio,
			bitsPerSecond: reservations
				.filter(one => one.minimumResolutionRatio <= upToRatio)
				.reduce((sum, one) => sum + one.bitsPerSecond, 0),
		})),
	};
}
