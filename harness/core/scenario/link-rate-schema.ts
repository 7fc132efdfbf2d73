import {quantity} from './quantity-schema.ts';

/** Slower than this a chunk takes hours; faster than this no veth pair of a machine carries it. */
export const linkRateLimits = {minBitsPerSecond: 64e3, maxBitsPerSecond: 40e9} as const;

/** The rate of a link, within what a testbed can shape. */
export const linkRate = () =>
	quantity('rate', {
		min: linkRateLimits.minBitsPerSecond,
		max: linkRateLimits.maxBitsPerSecond,
		note: 'what HTB on a veth pair can hold',
	});
