import {formatMeasure, listed, rateText} from '../format.ts';
import type {Estimate} from '../statistics.ts';
import {intervalText} from './interval-text.ts';
import {against, counterpart, isEncrypted, plainOf, type Way} from './ways.ts';

/** What security costs, in words: a sentence for each data server that encrypts and each congestion control; the first one leads the page. */
export function answer(ways: readonly Way[]): {readonly lead: string; readonly others: readonly string[]} {
	const sentences = ways
		.filter(way => isEncrypted(way.dataServer) && way.application === 'iperf3' && way.streamCount === 1)
		.flatMap(way => sentenceOf(ways, way) ?? []);
	const [lead = 'No draw of an encrypted way counts, so that there is no answer yet: the tables say why.', ...others] =
		sentences;
	return {lead, others};
}

function sentenceOf(ways: readonly Way[], way: Way): string | undefined {
	const {dataServer, congestionControl, linkBitsPerSecond} = way;
	const direct = counterpart(ways, way, 'direct');
	const throughput = direct && against(way, direct, {measure: 'throughput.bitsPerSecond', as: 'ratio'});
	if (!throughput) {
		return undefined;
	}
	const chunks = ways.find(
		one =>
			one.dataServer === dataServer &&
			one.application === 'chunks' &&
			one.streamCount === 1 &&
			one.congestionControl === congestionControl,
	);
	const directChunks = chunks && counterpart(ways, chunks, 'direct');
	const latency = directChunks && against(chunks, directChunks, {measure: 'latency.e2eMs.p50', as: 'difference'});
	const plain = plainOf(dataServer);
	const plainWay = plain && counterpart(ways, way, plain);
	const processor = plainWay && against(way, plainWay, {measure: 'proxy.cpuSecondsPerGigabit', as: 'ratio'});
	const parts = [
		throughputWords(throughput, linkBitsPerSecond),
		...(latency ? [latencyWords(latency)] : []),
		...(processor ? [processorWords(processor, dataServer === 'mtls' ? 'the plain relay' : `plain ${plain}`)] : []),
	];
	return `Encrypting with ${dataServer}${congestionControl === 'cubic' ? '' : ` under ${congestionControl}`} ${listed(parts)}.`;
}

function throughputWords(found: Estimate, linkBitsPerSecond: number): string {
	const link = `on this ${rateText(linkBitsPerSecond)} link`;
	if (isUndecided(found)) {
		return `costs nothing that can be measured in throughput ${link}`;
	}
	const {mean} = found;
	return `${mean < 0 ? 'costs' : 'gains'} ${span(found, 'ratio')} of the throughput ${link}`;
}

function latencyWords(found: Estimate): string {
	return isUndecided(found)
		? 'changes the latency of a chunk by nothing that can be measured'
		: `${found.mean < 0 ? 'takes' : 'adds'} ${span(found, 'ms')} ${found.mean < 0 ? 'from' : 'to'} the median latency of a chunk`;
}

/** @param found the share of processor time that it takes more */
function processorWords(found: Estimate, plain: string): string {
	if (isUndecided(found)) {
		return `takes no more processor time than ${plain} as far as can be measured`;
	}
	const times = (ratio: number) => String(Number((1 + ratio).toPrecision(2)));
	const {mean, interval} = found;
	return `takes ${times(mean)} times ${interval ? `(${times(interval.low)} to ${times(interval.high)}) ` : ''}the processor time of ${plain}`;
}

/** The interval has zero in it: it may as well be nothing. */
const isUndecided = ({interval}: Estimate): boolean => interval !== null && interval.low <= 0 && interval.high >= 0;

/** How far from zero, with its interval; a single draw says so. */
function span({mean, interval}: Estimate, unit: 'ratio' | 'ms'): string {
	const size = (value: number) => Number(Math.abs(value).toPrecision(2));
	const [low = 0, high = 0] = interval ? [interval.low, interval.high].map(size).sort((a, b) => a - b) : [];
	return `${formatMeasure(size(mean), unit)} (${interval ? intervalText({low, high}, unit) : 'one draw'})`;
}
