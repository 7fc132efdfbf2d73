import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {TunnelKind} from '#core/scenario/tunnel-schema.ts';
import {unitOf} from '#reports/measurement.ts';
import {answer} from '#reports/scistream/answer.ts';
import {securityCostPage} from '#reports/scistream/page.ts';
import {readPublishedWays} from '#reports/scistream/published.ts';
import {publishedTable} from '#reports/scistream/published-table.ts';
import {against, counterpart, type Way} from '#reports/scistream/ways.ts';

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

test('the answer names both baselines with their intervals, and says that there is none when nothing counts', t => {
	const ways = [way('direct', [500e6, 500e6]), way('relay', [500e6, 500e6]), way('mtls', [450e6, 455e6])];
	const {lead, others} = answer(ways);
	t.regex(
		lead,
		/^Encrypting with mtls \(cubic\) changes the throughput by -9\.5\s% \(-15\.9\s% to -3\.1\s%\) against the bare link/,
	);
	t.regex(lead, /against relay \(the same program without encryption\)/);
	t.deepEqual(others, []);
	t.regex(answer([way('direct', [5e8]), way('mtls', [])]).lead, /^No draw of an encrypted way counts/);
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
