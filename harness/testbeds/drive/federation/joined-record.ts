import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {assignBroker} from './assign-broker.ts';
import type {BelievedLinks} from './believed-links.ts';

/** What is recorded of a node that joined: who it is, what it can send over its links, and which broker it was assigned. */
export function joinedRecord({
	site,
	program,
	topology,
	believed,
	t,
}: {
	readonly site: string;
	readonly program: string;
	readonly topology: Scenario['topology'];
	readonly believed: BelievedLinks;
	readonly t: Seconds;
}): RecordBody {
	const broker = assignBroker(site, {topology, rateOf: direction => believed.held(direction).bitsPerSecond});
	return {
		kind: 'node.joined',
		t,
		site,
		program,
		node: site,
		...(broker === undefined ? {} : {broker}),
		links: topology.links
			.filter(({between}) => between.includes(site))
			.map(({name: link}) => {
				const {windowCount: _, ...measured} = believed.held({link, from: site});
				return {link, ...measured};
			}),
	};
}
