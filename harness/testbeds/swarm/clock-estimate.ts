import assert from 'node:assert/strict';
import {median} from '#core/median.ts';
import type {MonotonicNs} from '#core/units.ts';

/** One question for another clock's time: own instants around it, and what was answered. */
export type ClockExchange = {
	readonly askedNs: MonotonicNs;
	readonly answeredNs: MonotonicNs;
	readonly heardNs: MonotonicNs;
};

export type ClockEstimate = {
	/** What is added to an instant of the own clock to have it on the other one. */
	readonly offsetNs: MonotonicNs;
	/** The offset is at most so far from the truth. */
	readonly uncertaintyNs: MonotonicNs;
};

/**
 * How far another clock is ahead of the own one, as NTP reckons it (RFC 5905, section 8): the answer is taken for the middle between question and
 * answer. It is the median of the fastest eighth, which waited the least on the way; half the round trip of the slowest of these bounds the error, however the
 * time was spent between the two directions. Pure.
 */
export function estimateClock(exchanges: readonly ClockExchange[]): ClockEstimate {
	assert(exchanges.length > 0, 'a clock is estimated from at least one exchange');
	const fastest = exchanges
		.toSorted((a, b) => Number(roundTripNs(a) - roundTripNs(b)))
		.slice(0, Math.max(1, Math.floor(exchanges.length / 8)));
	const [reference] = fastest;
	assert(reference);
	// Offsets between machines outgrow what a number holds exactly; their differences do not.
	const base = offsetNs(reference);
	const fromBase = median(fastest.map(exchange => Number(offsetNs(exchange) - base)));
	const slowest = fastest.at(-1) ?? reference;
	return {offsetNs: base + BigInt(Math.round(fromBase)), uncertaintyNs: (roundTripNs(slowest) + 1n) / 2n};
}

const roundTripNs = ({askedNs, heardNs}: ClockExchange): MonotonicNs => heardNs - askedNs;

const offsetNs = ({askedNs, answeredNs, heardNs}: ClockExchange): MonotonicNs =>
	answeredNs - askedNs - (heardNs - askedNs) / 2n;
