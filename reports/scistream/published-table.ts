import {formatMeasure} from '../format.ts';
import {type Html, html} from '../html/html.ts';
import {table} from '../html/table.ts';
import {estimate} from '../statistics.ts';
import {estimateText} from './estimate-text.ts';
import type {PublishedWays} from './published.ts';
import {against, counterpart, estimateOf, isEncrypted, plainOf, type Way} from './ways.ts';

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
			return estimate(single.flatMap(one => estimateOf(one, 'setup.seconds.session')?.mean ?? []));
		case 'overhead against plain proxies':
			return estimate(
				single.flatMap(one => {
					const plain = plainOf(one.dataServer);
					const base = plain && isEncrypted(one.dataServer) ? counterpart(ways, one, plain) : undefined;
					const found = base && against(one, base, {measure: 'throughput.bitsPerSecond', as: 'ratio'});
					return found && one.application === 'iperf3' ? -found.mean : [];
				}),
			);
		default:
			return what satisfies never;
	}
}
