import {StreambedError} from '#core/errors.ts';
import type {RandomStream} from '#core/random.ts';
import type {ArrivalLaw} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';

/** An arrival: which group's request it is, and when. */
export type Arrival = {readonly groupIndex: number; readonly atSeconds: Seconds};

/** A law that leaves its bounds this often in a row has next to nothing inside them. */
const redrawsMax = 10_000;

/**
 * The instants at which requests arrive, in order of time; every group has exactly its count of them. Each group draws from
 * a stream of its own, so that one group's count leaves the others' instants as they were.
 *
 * @throws {StreambedError} SCENARIO_INVALID when a normal or Poisson law hardly ever falls between its bounds.
 */
export function arrivals(law: ArrivalLaw, counts: readonly number[], random: RandomStream): readonly Arrival[] {
	const inTurn = interleaved(counts);
	switch (law.law) {
		case 'spread':
			return inTurn.map((groupIndex, index) => ({
				groupIndex,
				atSeconds: law.fromSeconds + (law.overSeconds * index) / inTurn.length,
			}));
		case 'together':
			return inTurn.map(groupIndex => ({groupIndex, atSeconds: law.atSeconds}));
		case 'uniform':
			return drawn(counts, random, stream => law.fromSeconds + (law.toSeconds - law.fromSeconds) * stream.next());
		case 'normal':
			return drawn(counts, random, stream => normalWithin(law, stream));
		case 'poisson':
			return drawn(counts, random, stream => poissonWithin(law, stream));
		default:
			return law satisfies never;
	}
}

/** Group indexes round-robin, until every group has had its count: classes and phases of periodic streams mix. */
function interleaved(counts: readonly number[]): readonly number[] {
	const rounds = Math.max(0, ...counts);
	return Array.from({length: rounds}, (_, round) =>
		counts.flatMap((count, groupIndex) => (round < count ? [groupIndex] : [])),
	).flat();
}

function drawn(
	counts: readonly number[],
	random: RandomStream,
	draw: (stream: RandomStream) => Seconds,
): readonly Arrival[] {
	return counts
		.flatMap((count, groupIndex) => {
			const stream = random.split(`group-${groupIndex}`);
			return Array.from({length: count}, () => ({groupIndex, atSeconds: draw(stream)}));
		})
		.sort((a, b) => a.atSeconds - b.atSeconds);
}

function normalWithin(law: Extract<ArrivalLaw, {law: 'normal'}>, stream: RandomStream): Seconds {
	const {meanSeconds, sdSeconds} = law;
	const text = `normal with mean ${meanSeconds} s and sd ${sdSeconds} s`;
	return redrawn({...law, text, hint: 'take a greater `sd`'}, () => meanSeconds + sdSeconds * stream.normal());
}

/** Somewhere in a step whose number is a Poisson draw: arrivals that are counted by the minute. */
function poissonWithin(law: Extract<ArrivalLaw, {law: 'poisson'}>, stream: RandomStream): Seconds {
	const {meanSeconds, stepSeconds} = law;
	const text = `Poisson with mean ${meanSeconds} s in steps of ${stepSeconds} s`;
	return redrawn(
		{...law, text, hint: 'take a greater `step`'},
		() => (poisson(meanSeconds / stepSeconds, stream) + stream.next()) * stepSeconds,
	);
}

/** Draws again until it lies within the bounds. */
function redrawn(
	{
		withinSeconds: [low, high],
		text,
		hint,
	}: {
		readonly withinSeconds: readonly [Seconds, Seconds];
		readonly text: string;
		readonly hint: string;
	},
	draw: () => Seconds,
): Seconds {
	for (let draws = 0; draws < redrawsMax; draws++) {
		const atSeconds = draw();
		if (atSeconds >= low && atSeconds <= high) {
			return atSeconds;
		}
	}
	throw new StreambedError(
		'SCENARIO_INVALID',
		`arrivals are ${text}, and ${redrawsMax} draws in a row fell outside ${low}–${high} s`,
		{hint: `let \`within\` hold the mean, or ${hint}`},
	);
}

/** Above this mean the first factor of the product would come close to the least number there is. */
const poissonMeanMax = 500;

/** Knuth's product of uniform draws; a great mean is the sum of small ones. */
function poisson(mean: number, stream: RandomStream): number {
	let count = 0;
	for (let leftMean = mean; leftMean > 0; leftMean -= poissonMeanMax) {
		const limit = Math.exp(-Math.min(leftMean, poissonMeanMax));
		for (let product = stream.next(); product > limit; product *= stream.next()) {
			count++;
		}
	}
	return count;
}
