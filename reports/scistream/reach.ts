import {formatMeasure, formatPercent} from '../format.ts';
import {estimateText} from './estimate-text.ts';
import {against, counterpart, estimateOf, type Way} from './ways.ts';

/** Of the throughput of the bare link, what a way is to reach. */
export const reachRatio = 0.98;
/** Gateways that are busy with more than this share of the machine's cores leave too little to the two ends of the application. */
const scarceRatio = 0.6;

/** Whether every way reaches 98 % of the bare link with iperf3, and of those that do not, whether processors are the reason. */
export function reachText(ways: readonly Way[]): string | undefined {
	const reached = ways.flatMap(way => {
		const direct = way.application === 'iperf3' && way.dataServer !== 'direct' && counterpart(ways, way, 'direct');
		const found = direct ? against(way, direct, {measure: 'throughput.bitsPerSecond', as: 'ratio'}) : null;
		return found ? {way, ratio: 1 + found.mean, found} : [];
	});
	const [lowest] = reached.toSorted((a, b) => a.ratio - b.ratio);
	if (!lowest) {
		return undefined;
	}
	const below = reached.filter(({ratio}) => ratio < reachRatio);
	const goal = `${formatPercent(reachRatio)} of the throughput of the bare link`;
	if (below.length === 0) {
		return `Every way that was measured reaches ${goal} with iperf3; the lowest is ${nameOf(lowest.way)} with ${formatPercent(lowest.ratio)}. ${processorText(lowest.way)}`;
	}
	const misses = below.map(
		({way, ratio, found}) =>
			`${nameOf(way)} has ${formatPercent(ratio)} (against direct ${estimateText(found, 'ratio')}). ${processorText(way)}`,
	);
	return `${below.length} of the ${reached.length} ways that were measured do not reach ${goal} with iperf3. ${misses.join(' ')}`;
}

/** How many cores both gateways took, and what that says. */
function processorText(way: Way): string {
	const takes = estimateOf(way, 'proxy.cpuSecondsPerGigabit');
	const carried = estimateOf(way, 'throughput.bitsPerSecond');
	if (!(takes && carried)) {
		return 'What its gateways took of the processors is not known.';
	}
	const cores = (takes.mean * carried.mean) / 1e9;
	const verdict =
		cores > scarceRatio * way.cpuCount
			? 'so that the processors, which the ends of the application need as well, may be what holds it'
			: 'so that the processors are not what holds it';
	return `Its gateways kept ${formatMeasure(cores, 'count')} of the ${way.cpuCount} cores busy, ${verdict}.`;
}

const nameOf = ({dataServer, streamCount, congestionControl}: Way): string =>
	`${dataServer} (${streamCount} × ${congestionControl})`;
