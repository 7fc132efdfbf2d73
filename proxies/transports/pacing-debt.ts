import assert from 'node:assert/strict';
import type {BitsPerSecond, Bytes, MonotonicNs, Seconds} from '#core/units.ts';

/** How much of a late sender's unused time it may catch up on: as much as a timer is late on a busy machine. */
export const pacingBurstSeconds: Seconds = 0.005;

/**
 * How much of it a sender keeps that had nothing to send: what waking up and handing over cost a hop on a machine of two processors, so that a
 * chunk takes as long over real hops as its rates say. Measured over Fig. 10 of Zamani et al.: docs/cross-check.md.
 */
export const idleCreditSeconds: Seconds = 0.003;

/**
 * What a sender owes a link at an instant: bytes that it has sent and that the allowed rate has not carried yet. Owed bytes
 * below zero are credit. The debt is kept in bytes, so that a new rate prices all of what is still owed.
 */
export type PacingDebt = {readonly owedBytes: Bytes; readonly atNs: MonotonicNs};

/** The debt of a sender that begins anew after it had nothing to send. Pure. */
export function afterIdle({owedBytes, atNs}: PacingDebt, bitsPerSecond: BitsPerSecond): PacingDebt {
	return {owedBytes: Math.max(owedBytes, -idleCreditSeconds * bytesPerSecondOf(bitsPerSecond)), atNs};
}

/** The debt at a later instant. Credit is bounded by a burst at the rate. Pure. */
export function paidOff(
	{owedBytes, atNs}: PacingDebt,
	{nowNs, bitsPerSecond}: {readonly nowNs: MonotonicNs; readonly bitsPerSecond: BitsPerSecond},
): PacingDebt {
	const bytesPerSecond = bytesPerSecondOf(bitsPerSecond);
	const carriedBytes = (Number(nowNs - atNs) / 1e9) * bytesPerSecond;
	return {owedBytes: Math.max(owedBytes - carriedBytes, -pacingBurstSeconds * bytesPerSecond), atNs: nowNs};
}

/** How long until nothing is owed any more, at this rate. Pure; the caller sleeps. */
export function secondsUntilSettled({owedBytes}: PacingDebt, bitsPerSecond: BitsPerSecond): Seconds {
	return Math.max(0, owedBytes) / bytesPerSecondOf(bitsPerSecond);
}

function bytesPerSecondOf(bitsPerSecond: BitsPerSecond): number {
	assert(bitsPerSecond > 0, 'a stream that may send nothing is closed, not paced at rate 0');
	return bitsPerSecond / 8;
}
