import type {LinkCalibration} from '#core/records/run-document.ts';
import type {Seconds} from '#core/units.ts';
import {togetherMaxBitsPerSecond} from '#netem/calibration/calibrate-link.ts';
import type {PlannedLink} from '#netem/topology-plan.ts';
import type {SiteAgent} from './agent-connection.ts';

/** Lets the agents of both ends measure a link with real traffic: its delay, then its rate in both directions, at once where the sum is modest. */
export async function calibrateBetween({
	link,
	agents: [first, second],
	seconds,
	signal,
}: {
	readonly link: PlannedLink;
	/** In the order of the link's ends. */
	readonly agents: readonly [SiteAgent, SiteAgent];
	/** How long each direction is measured. */
	readonly seconds: Seconds;
	readonly signal: AbortSignal;
}): Promise<readonly LinkCalibration[]> {
	const {rateBitsPerSecond, delaySeconds} = link.shape;
	const {delayMs: measuredDelayMs} = await first.call('measure-delay', {link: link.name}, signal);
	const measure = async (agent: SiteAgent): Promise<LinkCalibration> => {
		const rate = await agent.call('measure-rate', {link: link.name, seconds}, signal);
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
	return 2 * rateBitsPerSecond <= togetherMaxBitsPerSecond
		? await Promise.all([measure(first), measure(second)])
		: [await measure(first), await measure(second)];
}
