import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {TunnelKind} from '#core/scenario/tunnel-schema.ts';
import {unitOf} from '#reports/measurement.ts';
import {answer} from '#reports/scistream/answer.ts';
import {securityCostPage} from '#reports/scistream/page.ts';
import {pooled} from '#reports/scistream/pooled.ts';
import {readPublishedWays} from '#reports/scistream/published.ts';
import {publishedTable} from '#reports/scistream/published-table.ts';
import {reachText} from '#reports/scistream/reach.ts';
import {against, counterpart, measureOf, type Way} from '#reports/scistream/ways.ts';

const published = await readPublishedWays(
	fileURLToPath(new URL('../../scenarios/scistream/published.json', import.meta.url)),
);

/** A way whose repeats have these values of a measure, in Mbit/s of one flow of iperf3 where nothing else is said. */
function way(
	dataServer: TunnelKind,
	values: readonly number[],
	{measure = 'throughput.bitsPerSecond', runId = 'a', ...rest}: Partial<Way> & {readonly measure?: string} = {},
): Way {
	return {
		runId,
		dataServer,
		application: 'iperf3',
		streamCount: 1,
		congestionControl: 'cubic',
		linkBitsPerSecond: 500e6,
		cpuCount: 2,
		drawnCount: values.length,
		repeats: values.map((value, repeat) => ({
			repeat,
			verdict: 'valid' as const,
			counted: true,
			observedSeconds: 5,
			accounting: {produced: 0, delivered: 0, lost: 0, corrupt: 0, underWay: 0, balanced: true},
			measures: [{measure, minimumResolutionRatio: null, unit: unitOf(measure), value}],
		})),
		...rest,
	};
}

/** A way of iperf3 that carries so much and takes so much processor time, repeat by repeat. */
function carrying(
	dataServer: TunnelKind,
	{
		bitsPerSecond,
		cpuSecondsPerGigabit,
	}: {readonly bitsPerSecond: readonly number[]; readonly cpuSecondsPerGigabit: readonly number[]},
): Way {
	const carried = way(dataServer, bitsPerSecond);
	const took = way(dataServer, cpuSecondsPerGigabit, {measure: 'proxy.cpuSecondsPerGigabit'});
	return {
		...carried,
		repeats: carried.repeats.map((repeat, index) => ({
			...repeat,
			measures: [...repeat.measures, ...(took.repeats[index]?.measures ?? [])],
		})),
	};
}

test('an overhead is taken repeat by repeat, so that what disturbs a repeat as a whole is not in its interval', t => {
	const [direct, mtls] = [way('direct', [400e6, 480e6]), way('mtls', [360e6, 432e6])];
	const found = against(mtls, direct, {measure: 'throughput.bitsPerSecond', as: 'ratio'});
	t.is(found?.count, 2);
	t.true(Math.abs((found?.mean ?? 0) + 0.1) < 1e-9, `actual ${found?.mean}, expected -0.1, tolerance 1e-9`);
	t.true(Math.abs((found?.interval?.high ?? 1) - (found?.interval?.low ?? 0)) < 1e-9, 'both repeats lost a tenth');
});

test('ways of different runs are not held against each other', t => {
	const mtls = way('mtls', [1]);
	t.is(counterpart([way('direct', [1], {runId: 'b'})], mtls, 'direct'), undefined);
	t.truthy(counterpart([way('direct', [1])], mtls, 'direct'));
	t.is(counterpart([way('direct', [1], {streamCount: 5})], mtls, 'direct'), undefined, 'nor under another traffic');
});

test('the answer says in words what encrypting costs, and that there is none when nothing counts', t => {
	const said = (direct: readonly number[], mtls: readonly number[]) =>
		answer([way('direct', direct), way('mtls', mtls)]).lead.replaceAll('\u00a0', ' ');
	t.is(
		said([500e6, 500e6], [450e6, 455e6]),
		'Encrypting with mtls costs 9.5 % (3.1 to 16 %) of the throughput on this 500 Mbit/s link.',
	);
	t.is(
		said([500e6, 500e6], [499e6, 502e6]),
		'Encrypting with mtls costs nothing that can be measured in throughput on this 500 Mbit/s link.',
	);
	t.regex(said([500e6], [450e6]), /costs 10 % \(one draw\) of the throughput/);
	t.regex(answer([way('direct', [5e8]), way('mtls', [])]).lead, /^No draw of an encrypted way counts/);
});

test('the answer sets latency against the bare link and processor time against the plain proxy', t => {
	const latency = {measure: 'latency.e2eMs.p50', application: 'chunks'} as const;
	const {lead} = answer([
		way('direct', [500e6, 500e6]),
		carrying('relay', {bitsPerSecond: [500e6, 500e6], cpuSecondsPerGigabit: [0.4, 0.4]}),
		carrying('mtls', {bitsPerSecond: [500e6, 500e6], cpuSecondsPerGigabit: [0.8, 0.82]}),
		way('direct', [12, 12], latency),
		way('mtls', [13.2, 13.4], latency),
	]);
	t.regex(
		lead,
		/, adds 1\.3\sms \(0\.029 to 2\.6\sms\) to the median latency of a chunk and takes 2 times \(1\.7 to 2\.3\)/,
	);
	t.regex(lead, /the processor time of the plain relay\.$/);
});

test('ways that do not reach 98 % of the bare link are named, with what the processors say of it', t => {
	const direct = way('direct', [500e6]);
	const at = (bitsPerSecond: number, cpuSecondsPerGigabit: number) =>
		reachText([
			direct,
			carrying('mtls', {bitsPerSecond: [bitsPerSecond], cpuSecondsPerGigabit: [cpuSecondsPerGigabit]}),
		])?.replaceAll('\u00a0', ' ') ?? '';
	t.regex(
		at(495e6, 0.8),
		/^Every way .* reaches 98 % .* mtls \(1 × cubic\) with 99 %\. .* processors are not what holds it\.$/,
	);
	t.regex(
		at(400e6, 4),
		/^1 of the 1 ways .* do not reach 98 % .*has 80 %.* 1\.6 of the 2 cores busy, so that the processors,/,
	);
	t.is(reachText([direct]), undefined);
});

test('what several ways have in common is taken together in each repeat, so that one repeat is one draw', t => {
	const ways = [way('mtls', [1, 3]), way('stunnel', [3, 5])];
	const found = pooled(ways, (_, repeat) => measureOf(repeat, 'throughput.bitsPerSecond'));
	t.like(found, {mean: 3, count: 2});
	t.is(
		pooled([way('mtls', [1]), way('stunnel', [3])], (_, {measures}) => measures[0]?.value ?? undefined)?.interval,
		null,
	);
});

test('what others published stands beside ours as from elsewhere', t => {
	const {text} = publishedTable(published, [way('direct', [480e6])]);
	t.regex(text, /From other machines and links/);
	t.regex(text, /32\.5\s*Gbit\/s.*480\s*Mbit\/s \(one draw\)/s);
});

test('a page without runs says so first, and needs nothing but itself', async t => {
	const page = await securityCostPage({runs: [], published});
	t.regex(page, /id="answer"><p>No draw of an encrypted way counts/);
	t.notRegex(page, /(?:src|href)="https?:/);
});
