import type {Html, HtmlPart} from '../html/html.ts';
import {table} from '../html/table.ts';
import {estimateText} from './estimate-text.ts';
import {against, counterpart, estimateOf, plainOf, type Way} from './ways.ts';

/** Every way with what it carried and took, and its overhead against the bare link and against a plain proxy. */
export function wayTable(ways: readonly Way[]): Html {
	return table({
		columns: [
			{heading: 'Way'},
			{heading: 'Traffic'},
			{heading: 'Throughput', numeric: true},
			{heading: 'against direct', numeric: true},
			{heading: 'against plain', numeric: true},
			{heading: 'Latency, median', numeric: true},
			{heading: 'Processor', numeric: true},
			{heading: 'Fairness', numeric: true},
			{heading: 'Draws', numeric: true},
		],
		rows: ways.map(way => rowOf(ways, way)),
	});
}

function rowOf(ways: readonly Way[], way: Way): readonly HtmlPart[] {
	const {dataServer, application, streamCount, congestionControl, repeats, drawnCount} = way;
	const [direct, plain] = (['direct', plainOf(dataServer)] as const).map(
		base => base && base !== dataServer && counterpart(ways, way, base),
	);
	const throughput = {measure: 'throughput.bitsPerSecond', as: 'ratio'} as const;
	const latency = application === 'http' ? 'latency.requestMs.p50' : 'latency.e2eMs.p50';
	return [
		dataServer,
		`${streamCount} × ${application}, ${congestionControl}`,
		estimateText(estimateOf(way, throughput.measure), 'bit/s'),
		direct ? estimateText(against(way, direct, throughput), 'ratio') : '',
		plain ? estimateText(against(way, plain, throughput), 'ratio') : '',
		estimateText(estimateOf(way, latency), 'ms'),
		estimateText(estimateOf(way, 'proxy.cpuSecondsPerGigabit'), 's/Gbit'),
		streamCount > 1 ? estimateText(estimateOf(way, 'throughput.jainRatio'), 'ratio') : '',
		`${repeats.length} of ${drawnCount}`,
	];
}
