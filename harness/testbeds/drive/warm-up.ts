import type {StreamPlan} from '#core/control/messages.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Hop} from '#proxies/runtime/messages.ts';
import type {Deployment} from '../testbed.ts';
import {legsOf, sitePlans} from './stream-plans.ts';

/** The stream that warms the path; it carries real chunks, is not paced, and is never recorded. */
export const warmUpStream = 'warm-up';
const warmUpStreamIndex = 0xffff_ffff;
const warmUpChunkCount = 3;

/** Plans for the warm-up stream along the shortest way from producer to consumer; empty when the scenario wants none. */
export function warmUpPlans(
	scenario: Scenario,
	endpoint: Deployment['endpoint'],
): ReadonlyArray<{readonly site: string; readonly plan: StreamPlan}> {
	const {warmUpSeconds} = scenario.timing;
	if (warmUpSeconds <= 0) {
		return [];
	}
	const legs = legsOf(shortestPath(scenario), scenario.topology.sites);
	const everySeconds = warmUpSeconds / warmUpChunkCount;
	return sitePlans({
		acceptance: {stream: warmUpStream, streamIndex: warmUpStreamIndex, placement: [], resolutionRatio: 1},
		legs,
		rates: new Map(),
		// The last chunk leaves a whole gap before second 0, so that it is through by then.
		sends: {firstPlannedSeconds: -warmUpSeconds, everySeconds, endSeconds: -everySeconds / 2},
		endpoint,
	});
}

function shortestPath({topology: {sites, links}}: Scenario): readonly Hop[] {
	const producer = Object.keys(sites).find(site => sites[site]?.role === 'producer') ?? '';
	const reached = new Map<string, readonly Hop[]>([[producer, []]]);
	for (const [site, path] of reached) {
		if (sites[site]?.role === 'consumer') {
			return path;
		}
		for (const {name, between} of links) {
			const to = between[0] === site ? between[1] : between[1] === site ? between[0] : undefined;
			if (to !== undefined && !reached.has(to)) {
				reached.set(to, [...path, {link: name, from: site, to}]);
			}
		}
	}
	throw new Error('a checked scenario has a path from its producer to its consumer');
}
