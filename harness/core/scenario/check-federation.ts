import {formatBytes, formatRate, formatSeconds} from '../quantities.ts';
import type {Bytes, Seconds} from '../units.ts';
import type {Complaint} from './complaint.ts';
import type {Scenario} from './schema.ts';

/** A shaped link lets 5 ms of its rate pass at once; a probe that is not several times as long sees little more than that. */
const shortestProbeSeconds: Seconds = 0.02;
/** Sixteen full frames: fewer do not make two windows. */
const smallestProbeBytes: Bytes = 16 * 1514;

/** Probes that are too small to measure anything, and files of measurements on links that are not there. */
export function* checkFederation({federation, topology, timeScale}: Scenario): Generator<Complaint> {
	const {measure, probeEverySeconds, probeShareRatio, measurements} = federation;
	if (measure === 'probe') {
		const busySeconds = probeEverySeconds * timeScale * probeShareRatio;
		const slowest = topology.links.reduce((least, link) =>
			link.rateBitsPerSecond < least.rateBitsPerSecond ? link : least,
		);
		const probeBytes = (slowest.rateBitsPerSecond / 8) * busySeconds;
		if (busySeconds < shortestProbeSeconds) {
			yield {
				path: ['federation', 'probeEvery'],
				message: `a probe of ${probeShareRatio * 100} % of ${formatSeconds(probeEverySeconds)} at time scale ${timeScale} lasts ${formatSeconds(busySeconds)}; ${formatSeconds(shortestProbeSeconds)} is the least that shows a rate`,
			};
		} else if (probeBytes < smallestProbeBytes) {
			yield {
				path: ['federation', 'probeEvery'],
				message: `a probe of ${probeShareRatio * 100} % of ${formatSeconds(probeEverySeconds)} over ${slowest.name} at ${formatRate(slowest.rateBitsPerSecond)} has ${formatBytes(probeBytes)}; ${formatBytes(smallestProbeBytes)} is the least that shows a rate`,
			};
		}
	}
	for (const [index, {link: name, from}] of measurements.entries()) {
		const link = topology.links.find(one => one.name === name);
		if (!link) {
			const names = topology.links.map(one => one.name).join(', ');
			yield {
				path: ['federation', 'measurements', index, 'link'],
				message: `${name} is no link (links: ${names})`,
			};
		} else if (from !== undefined && !link.between.includes(from)) {
			yield {
				path: ['federation', 'measurements', index, 'from'],
				message: `link ${name} does not begin at ${from}, but at ${link.between.join(' and ')}`,
			};
		}
	}
}
