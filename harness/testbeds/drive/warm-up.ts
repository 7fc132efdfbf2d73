import assert from 'node:assert/strict';
import type {StreamPlan} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {Hop, Subscription} from '#proxies/runtime/messages.ts';
import {subscriptionPlan} from '#proxies/runtime/subscription-plan.ts';
import type {Brokers} from '../brokers/brokers.ts';
import type {Deployment} from '../testbed.ts';
import {legsOf, sitePlans} from './stream-plans.ts';

/** The stream that warms the path; it carries real chunks, is not paced, and is never recorded. */
export const warmUpStream = 'warm-up';
const warmUpAllocation = {stream: warmUpStream, streamIndex: 0xffff_ffff, placement: []} as const;
/** Fewer would warm nothing; where there is time for more, they take this share of the slowest link on the way. */
const warmUpChunkCountMin = 3;
const warmUpLoadRatio = 0.25;

/** Plans for the warm-up stream along the shortest way from producer to consumer; empty when the scenario wants none. */
export function warmUpPlans(
	scenario: Scenario,
	{endpoint, brokers}: {readonly endpoint: Deployment['endpoint']; readonly brokers: Brokers | undefined},
): ReadonlyArray<{readonly site: string; readonly plan: StreamPlan}> {
	const {warmUpSeconds} = scenario.timing;
	if (warmUpSeconds <= 0) {
		return [];
	}
	const path = shortestPath(scenario);
	const legs = legsOf(path, scenario.topology.sites);
	const longestGapSeconds = warmUpSeconds / warmUpChunkCountMin;
	const everySeconds = Math.min(longestGapSeconds, slowestTransferSeconds(scenario, path) / warmUpLoadRatio);
	return sitePlans({
		acceptance: {...warmUpAllocation, resolutionRatio: 1},
		legs,
		rates: new Map(),
		// The last one is through by second 0.
		sends: {firstPlannedSeconds: -warmUpSeconds, everySeconds, endSeconds: -longestGapSeconds / 2},
		endpoint,
		topics: brokers?.endpoints(warmUpSubscriptions(scenario)),
	});
}

/** Sends the warm-up stream until driving begins. Rejects with TIMED_OUT when none of its chunks came through. */
export async function warmUpPath({
	plans,
	send,
	drivingBegins,
	arrivedCount,
}: {
	readonly plans: ReturnType<typeof warmUpPlans>;
	readonly send: Deployment['send'];
	/** Waits for second 0. */
	readonly drivingBegins: () => Promise<void>;
	readonly arrivedCount: () => number;
}): Promise<void> {
	for (const {site, plan} of plans) {
		send(site, {kind: 'open-stream', plan});
	}
	await drivingBegins();
	for (const {site} of plans) {
		send(site, {kind: 'close-stream', stream: warmUpStream});
	}
	if (plans.length > 0 && arrivedCount() === 0) {
		throw new StreambedError('TIMED_OUT', 'no chunk of the warm-up came through before driving began', {
			hint: 'the path carries no data, or timing.warmUp is too short for one chunk to cross it',
		});
	}
}

/** The topics that the warm-up stream goes through; none when there is no warm-up, or the stack has no brokers. */
export function warmUpSubscriptions(scenario: Scenario): readonly Subscription[] {
	return scenario.timing.warmUpSeconds > 0
		? subscriptionPlan(scenario, {...warmUpAllocation, path: shortestPath(scenario)})
		: [];
}

/** How long a chunk takes over the slowest link of a way, alone. Scenario time: chunks are scaled as time is. */
function slowestTransferSeconds({topology, workload}: Scenario, path: readonly Hop[]): Seconds {
	const names = new Set(path.map(({link}) => link));
	const rates = topology.links.flatMap(({name, rateBitsPerSecond}) => (names.has(name) ? [rateBitsPerSecond] : []));
	return (workload.chunk.bytes * 8) / Math.min(...rates);
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
	assert.fail('a checked scenario has a path from its producer to its consumer');
}
