import {formatSeconds} from '../quantities.ts';
import type {Complaint} from './complaint.ts';
import type {ScenarioOutline} from './outline.ts';
import {gatewayFaults} from './timeline-schema.ts';

/** Events on what is not there, at sites that cannot be hit, out of time, or after the loss of what they change. */
export function* checkTimeline({sites, links, timeline, driveSeconds}: ScenarioOutline): Generator<Complaint> {
	const names = links.map(({name}) => name);
	for (const [index, {link, site, fault, atSeconds}] of timeline.entries()) {
		if (link !== undefined && !names.includes(link)) {
			yield {
				path: ['timeline', index, 'link'],
				message: `the event is on ${link}, which is no link (links: ${names.join(', ')})`,
			};
		}
		const wanted = roleHit(fault);
		if (site !== undefined && sites.get(site) !== wanted) {
			const role = sites.get(site);
			yield {
				path: ['timeline', index, 'site'],
				message: role
					? `the event is on ${site}, which is a ${role}; ${onlyThese(wanted)}`
					: `the event is on ${site}, which is no site (sites: ${[...sites.keys()].join(', ')})`,
			};
		}
		const lostSeconds = timeline.find(
			other => other.isLoss && other.site === site && other !== timeline[index],
		)?.atSeconds;
		if (site !== undefined && lostSeconds !== undefined && atSeconds !== undefined && atSeconds >= lostSeconds) {
			yield {
				path: ['timeline', index, 'at'],
				message: `the event at ${formatSeconds(atSeconds)} is on ${site}, which is lost at ${formatSeconds(lostSeconds)} and does not come back`,
			};
		}
		if (atSeconds !== undefined && driveSeconds !== undefined && atSeconds >= driveSeconds) {
			yield {
				path: ['timeline', index, 'at'],
				message: `the event at ${formatSeconds(atSeconds)} comes after the end of driving at ${formatSeconds(driveSeconds)}`,
			};
		}
	}
}

type HitRole = 'compute' | 'gateway' | 'consumer';

/** The role of the sites that an event can hit. */
function roleHit(fault: string | undefined): HitRole {
	return gatewayFaults.some(one => one === fault) ? 'gateway' : fault === 'stalled' ? 'consumer' : 'compute';
}

function onlyThese(role: HitRole): string {
	switch (role) {
		case 'compute':
			return 'only compute sites lose workers or are lost';
		case 'gateway':
			return 'only gateways have data servers and a control server';
		case 'consumer':
			return 'only the consumer is stalled';
		default:
			return role satisfies never;
	}
}
