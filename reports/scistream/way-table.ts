import type {Application} from '#core/scenario/tunnel-schema.ts';
import {type Html, type HtmlPart, html} from '../html/html.ts';
import {table} from '../html/table.ts';
import type {MeasureUnit} from '../measurement.ts';
import {estimateCell} from './estimate-cell.ts';
import {against, counterpart, estimateOf, plainOf, type Way} from './ways.ts';

/** Every way with what it carried and took, and its overhead against the bare link and against a plain proxy: a table for each kind of traffic. */
export function wayTables(ways: readonly Way[]): Html {
	const byTraffic = [...Map.groupBy(ways, ({application}) => application)];
	return html`${byTraffic.map(([application, same]) => html`<h3>${traffics[application].heading}</h3>${wayTable(same, traffics[application])}`)}`;
}

type Traffic = {
	readonly heading: string;
	/** What overheads are of, and how they are taken. */
	readonly overhead: {readonly measure: string; readonly as: 'ratio' | 'difference'; readonly unit: MeasureUnit};
	readonly columns: ReadonlyArray<{readonly heading: string; readonly measure: string; readonly unit: MeasureUnit}>;
};

const throughput = {heading: 'Throughput', measure: 'throughput.bitsPerSecond', unit: 'bit/s'} as const;
const processor = {heading: 'Processor', measure: 'proxy.cpuSecondsPerGigabit', unit: 's/Gbit'} as const;

const traffics: Readonly<Record<Application, Traffic>> = {
	iperf3: {
		heading: 'iperf3: what fits through',
		overhead: {measure: throughput.measure, as: 'ratio', unit: 'ratio'},
		columns: [throughput, processor],
	},
	chunks: {
		heading: 'Chunks: what it adds to their latency',
		overhead: {measure: 'latency.e2eMs.p50', as: 'difference', unit: 'ms'},
		columns: [
			{heading: 'Latency, median', measure: 'latency.e2eMs.p50', unit: 'ms'},
			{heading: '99 of 100', measure: 'latency.e2eMs.p99', unit: 'ms'},
			processor,
		],
	},
	http: {
		heading: 'HTTP: what a caller gets who waits for each answer',
		overhead: {measure: throughput.measure, as: 'ratio', unit: 'ratio'},
		columns: [throughput, {heading: 'Answer, 99 of 100', measure: 'latency.requestMs.p99', unit: 'ms'}, processor],
	},
};

function wayTable(ways: readonly Way[], {overhead, columns}: Traffic): Html {
	const [main, ...others] = columns;
	const isShared = ways.some(({streamCount}) => streamCount > 1);
	const isMixed = isShared || new Set(ways.map(({congestionControl}) => congestionControl)).size > 1;
	const numeric = (heading: string) => ({heading, numeric: true});
	return table({
		className: 'ways',
		columns: [
			{heading: 'Way'},
			...(isMixed ? [{heading: 'Streams'}] : []),
			...(main ? [numeric(main.heading)] : []),
			...['against direct', 'against plain'].map(numeric),
			...others.map(({heading}) => numeric(heading)),
			...(isShared ? [numeric('Fairness')] : []),
			numeric('Draws'),
		],
		rows: ways.map((way): readonly HtmlPart[] => [
			way.dataServer,
			...(isMixed ? [`${way.streamCount}, ${way.congestionControl}`] : []),
			...(main ? [estimateCell(estimateOf(way, main.measure), main.unit)] : []),
			...(['direct', plainOf(way.dataServer)] as const).map(base => {
				const held = base && base !== way.dataServer ? counterpart(ways, way, base) : undefined;
				return held ? estimateCell(against(way, held, overhead), overhead.unit) : '';
			}),
			...others.map(({measure, unit}) => estimateCell(estimateOf(way, measure), unit)),
			...(isShared ? [way.streamCount > 1 ? estimateCell(estimateOf(way, 'throughput.jainRatio'), 'ratio') : ''] : []),
			`${way.repeats.length} of ${way.drawnCount}`,
		]),
	});
}
