import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import type {BelievedLinks, Learned} from './believed-links.ts';

/** Believes what the scenario's files of measurements say. A file without `from` stands for both directions. */
export function adoptFiles(believed: BelievedLinks, {federation, topology}: Scenario, t: Seconds): readonly Learned[] {
	return federation.measurements.flatMap(({link, from, measurement}) => {
		assert(measurement, 'the files of a loaded scenario are read');
		const between = topology.links.find(({name}) => name === link)?.between ?? [];
		const senders = from === undefined ? between : [from];
		return senders.map(sender => believed.adopt(measurement, {link, from: sender, source: 'file'}, t));
	});
}
