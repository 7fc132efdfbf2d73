import {type Html, html} from '../html/html.ts';
import {type Look, type TrafficCase, wayChart} from './charts.ts';
import type {Way} from './ways.ts';

const clipped = 'Means over the draws that count, lines their 95 % intervals, from zero on.';

const throughput: Look = {
	application: 'iperf3',
	measure: 'throughput.bitsPerSecond',
	title: 'Throughput of iperf3',
	axisTitle: 'Mbit/s',
	scale: 1e6,
};

const latency: Look = {
	application: 'chunks',
	measure: 'latency.e2eMs.p50',
	title: 'Median latency of a chunk',
	axisTitle: 'ms',
	scale: 1,
};

const processor: Look = {
	application: 'iperf3',
	measure: 'proxy.cpuSecondsPerGigabit',
	title: 'Processor time, iperf3',
	axisTitle: 's/Gbit',
	scale: 1,
};

/** What one stream under cubic carries and takes. */
export async function mainCharts(ways: readonly Way[]): Promise<Html> {
	const carries = await wayChart(ways, {
		name: 'carries',
		title: 'What fits through, and how long a chunk takes',
		reading: `${clipped} Throughput is one flow of iperf3, latency that of chunks that leave the link two thirds empty.`,
		looks: [
			throughput,
			latency,
			{
				application: 'http',
				measure: 'latency.requestMs.p99',
				title: 'HTTP answers, 99 of 100',
				axisTitle: 'ms, closed-loop',
				scale: 1,
			},
		],
	});
	const takes = await wayChart(ways, {
		name: 'takes',
		title: 'What it takes',
		reading: `${clipped} Processor time of both gateways with all their programs, for what reached the consumer; direct is what the idle programs take. Set-up is that of a session of both sides, over the links.`,
		looks: [
			processor,
			{...processor, application: 'chunks', title: 'Processor time, chunks'},
			{
				application: 'chunks',
				measure: 'setup.seconds.session',
				title: 'Set-up of a session',
				axisTitle: 'ms',
				scale: 1e-3,
			},
		],
	});
	return html`${carries}${takes}`;
}

/** A chart for each further number of streams and congestion control in which there are ways to compare. */
export async function furtherCharts(ways: readonly Way[]): Promise<Html> {
	const cases = new Map(
		ways.map(({streamCount, congestionControl}) => [
			`${streamCount}-${congestionControl}`,
			{streamCount, congestionControl} satisfies TrafficCase,
		]),
	);
	cases.delete('1-cubic');
	for (const [name, {streamCount, congestionControl}] of cases) {
		const same = ways.filter(
			way => way.repeats.length > 0 && way.streamCount === streamCount && way.congestionControl === congestionControl,
		);
		if (new Set(same.map(({dataServer}) => dataServer)).size < 2) {
			cases.delete(name);
		}
	}
	const charts = await Promise.all(
		[...cases].map(([name, traffic]) => {
			const {streamCount, congestionControl} = traffic;
			return wayChart(ways, {
				name: `carries-${name}`,
				title: `${streamCount === 1 ? 'One stream' : `${streamCount} streams at once`}, ${congestionControl}`,
				reading: `${clipped} ${streamCount === 1 ? '' : 'Throughput is what all of them get together. '}`.trim(),
				looks: [throughput, latency, processor],
				traffic,
			});
		}),
	);
	return html`${charts}`;
}
