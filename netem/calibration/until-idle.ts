import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {EmulatedLinks} from '../emulated-links.ts';
import type {PlannedLink} from '../topology-plan.ts';

/** Waits until nothing is queued for a link any more, by either of its ends or by those given. */
export async function untilIdle({
	link,
	sites = link.ends.map(({site}) => site),
	links,
	clock,
	signal,
}: {
	readonly link: PlannedLink;
	readonly sites?: readonly string[];
	readonly links: EmulatedLinks;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<void> {
	while (sites.some(site => links.counters(link, site).backlogBytes > 0)) {
		await clock.sleep(pollSeconds, signal);
	}
}

const pollSeconds: Seconds = 0.002;
