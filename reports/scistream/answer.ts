import {formatMeasure, listed} from '../format.ts';
import {estimateText} from './estimate-text.ts';
import {against, counterpart, estimateOf, isEncrypted, plainOf, type Way} from './ways.ts';

/** What security costs, in a sentence for each data server that encrypts, from what was measured; the first one leads the page. */
export function answer(ways: readonly Way[]): {readonly lead: string; readonly others: readonly string[]} {
	const encrypted = ways.filter(
		way => isEncrypted(way.dataServer) && way.application === 'iperf3' && way.streamCount === 1,
	);
	const sentences = encrypted.flatMap(way => sentenceOf(ways, way) ?? []);
	const [lead = 'No draw of an encrypted way counts, so that there is no answer yet: the tables say why.', ...others] =
		sentences;
	return {lead, others};
}

function sentenceOf(ways: readonly Way[], way: Way): string | undefined {
	const {dataServer, congestionControl} = way;
	const throughput = {measure: 'throughput.bitsPerSecond', as: 'ratio'} as const;
	const direct = counterpart(ways, way, 'direct');
	const ofLink = direct && against(way, direct, throughput);
	if (!ofLink) {
		return undefined;
	}
	const plain = plainOf(dataServer);
	const plainWay = plain && counterpart(ways, way, plain);
	const ofPlain = plainWay ? against(way, plainWay, throughput) : null;
	const chunks = ways.find(
		one =>
			one.dataServer === dataServer &&
			one.application === 'chunks' &&
			one.streamCount === 1 &&
			one.congestionControl === congestionControl,
	);
	const directChunks = chunks && counterpart(ways, chunks, 'direct');
	const added = directChunks && against(chunks, directChunks, {measure: 'latency.e2eMs.p50', as: 'difference'});
	const cpu = estimateOf(way, 'proxy.cpuSecondsPerGigabit');
	const plainCpu = plainWay ? estimateOf(plainWay, 'proxy.cpuSecondsPerGigabit') : null;
	const setup = estimateOf(way, 'setup.seconds.session');
	const parts = [
		`changes the throughput by ${estimateText(ofLink, 'ratio')} against the bare link`,
		...(ofPlain && plain
			? [
					`by ${estimateText(ofPlain, 'ratio')} against ${plain} (${plain === 'relay' ? 'the same program without encryption' : 'a plain proxy'})`,
				]
			: []),
		...(added ? [`the median latency of a chunk by ${estimateText(added, 'ms')}`] : []),
	];
	const needs = [
		...(cpu
			? [
					`${formatMeasure(cpu.mean, 's/Gbit')} of processor time${plainCpu && plain ? `, where ${plain} takes ${formatMeasure(plainCpu.mean, 's/Gbit')}` : ''}`,
				]
			: []),
		...(setup ? [`${formatMeasure(setup.mean, 's')} to be set up`] : []),
	];
	return `Encrypting with ${dataServer} (${congestionControl}) ${listed(parts)}${needs.length > 0 ? `; it takes ${listed(needs)}` : ''}.`;
}
