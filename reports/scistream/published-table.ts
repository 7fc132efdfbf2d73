import {formatMeasure} from '../format.ts';
import {type Html, html} from '../html/html.ts';
import {table} from '../html/table.ts';
import type {RepeatSummary} from '../summary-schema.ts';
import {estimateText} from './estimate-text.ts';
import {pooled} from './pooled.ts';
import type {PublishedWays} from './published.ts';
import {counterpart, estimateOf, measureOf, plainOf, type Way} from './ways.ts';

type PublishedValue = PublishedWays['values'][number];

/** Numbers of others beside ours. They are from other machines and other links: none is a target. */
export function publishedTable({source, values}: PublishedWays, ways: readonly Way[]): Html {
	return table({
		caption: html`From other machines and links, so that no two numbers of a row are of the same thing: ${source}`,
		columns: [
			{heading: 'Way'},
			{heading: 'What'},
			{heading: 'Published', numeric: true},
			{heading: 'Here', numeric: true},
			{heading: 'Where theirs are from', detailed: true},
		],
		rows: values.map(value => [
			value.way,
			value.what,
			formatMeasure(value.value, value.unit),
			estimateText(ours(value, ways), value.unit),
			value.note,
		]),
	});
}

function ours({way, what}: PublishedValue, ways: readonly Way[]) {
	const single = ways.filter(one => one.streamCount === 1 && one.congestionControl === 'cubic');
	switch (what) {
		case 'throughput': {
			const found = single.find(one => one.dataServer === way && one.application === 'iperf3');
			return found ? estimateOf(found, 'throughput.bitsPerSecond') : null;
		}
		case 'set-up':
			return pooled(single, (_, repeat) => measureOf(repeat, 'setup.seconds.session'));
		case 'overhead against plain proxies':
			return pooled(
				single.filter(({application}) => application === 'iperf3'),
				(one, repeat) => lostToEncryption(ways, one, repeat),
			);
		default:
			return what satisfies never;
	}
}

/** The share of the throughput of its plain counterpart that an encrypting way lacks in a repeat. */
function lostToEncryption(ways: readonly Way[], way: Way, repeat: RepeatSummary): number | undefined {
	const plain = plainOf(way.dataServer);
	const base = plain && counterpart(ways, way, plain)?.repeats.find(one => one.repeat === repeat.repeat);
	const [value, other] = [repeat, base].map(one => one && measureOf(one, 'throughput.bitsPerSecond'));
	return value === undefined || !other ? undefined : 1 - value / other;
}
