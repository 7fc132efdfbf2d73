import type {Clock} from '#core/clock.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import type {PlannedLink} from '../topology-plan.ts';
import {measureRate} from './measure-rate.ts';
import {measureDelayMs} from './round-trip.ts';
import {untilIdle} from './until-idle.ts';

/**
 * Measures a link with real traffic: its delay while it is idle, then its rate in both directions, at once where the sum is
 * modest. A slow link takes longer than asked for, as long as 24 frames need. Leaves the link idle.
 */
export async function calibrateLink({
	link,
	links,
	seconds,
	clock,
	signal,
}: {
	readonly link: PlannedLink;
	readonly links: EmulatedLinks;
	/** How long each direction is measured, the ramp before it not counted. */
	readonly seconds: Seconds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<readonly [LinkCalibration, LinkCalibration]> {
	const {rateBitsPerSecond, delaySeconds} = link.shape;
	const measuredDelayMs = await measureDelayMs({link, clock, signal});
	const measure = async (direction: 0 | 1): Promise<LinkCalibration> => {
		const rate = await measureRate({link, direction, links, seconds, clock, signal});
		return {
			link: link.name,
			from: rate.from,
			askedBitsPerSecond: rateBitsPerSecond,
			measuredBitsPerSecond: rate.layer2BitsPerSecond,
			goodputBitsPerSecond: rate.goodputBitsPerSecond,
			askedDelayMs: delaySeconds * 1000,
			measuredDelayMs,
		};
	};
	const both: readonly [LinkCalibration, LinkCalibration] =
		2 * rateBitsPerSecond <= togetherMaxBitsPerSecond
			? await Promise.all([measure(0), measure(1)])
			: [await measure(0), await measure(1)];
	await untilIdle({link, links, clock, signal});
	return both;
}

/** Both directions of a gigabit: a tenth of a processor for HTB, a quarter for the two transfers. */
export const togetherMaxBitsPerSecond: BitsPerSecond = 2e9;
