import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import type {SizedCandidate} from './candidates.ts';
import type {LinkRate} from './messages.ts';

/** When a chunk is to come to each stage, from its planned send: at the reserved rates and minimum resolution. */
export function stageArrivals(
	{path, links, hopBytes, placement}: SizedCandidate,
	reservations: readonly LinkRate[],
): readonly Seconds[] {
	let seconds: Seconds = 0;
	let hop = 0;
	return placement.map(({site, serviceSeconds}) => {
		while (path[hop]?.from !== site && hop < path.length) {
			const rate = reservations[hop]?.bitsPerSecond as BitsPerSecond;
			seconds += ((hopBytes[hop] as Bytes) * 8) / rate + (links[hop]?.delaySeconds ?? 0);
			hop++;
		}
		const arrival = seconds;
		seconds += serviceSeconds;
		return arrival;
	});
}
