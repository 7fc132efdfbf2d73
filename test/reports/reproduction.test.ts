import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {reproduce} from '#cli/reproduce.ts';
import {realFlags} from '#cli/reproduce-flags.ts';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {readPublished} from '#reports/published/read-published.ts';
import {selectorText} from '#reports/published/selector-text.ts';
import {charts} from '#reports/reproduction/charts/charts.ts';
import {measuredLines, publishedLines, verdictText} from '#reports/reproduction/claim-text.ts';
import type {FigureDraws} from '#reports/reproduction/figure-draws.ts';
import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {markdownSection} from '#reports/reproduction/markdown-section.ts';
import {reproductionTable} from '#reports/reproduction/terminal-table.ts';
import {temporaryFolders} from './fixtures/temporary-folders.ts';

const temporaryFolder = temporaryFolders();

async function reproduced({figures = [] as readonly string[], json = false, seedCount = 2, workers = 2} = {}) {
	const out = temporaryFolder();
	const written: string[] = [];
	const progress: string[] = [];
	const exitCode = await reproduce({
		paper: 'zamani2018',
		figures,
		seedCount,
		workers,
		out,
		json,
		write: text => written.push(text),
		onProgress: line => progress.push(line),
	});
	const page = await readFile(join(out, 'reproduction-zamani2018/reproduction.html'), 'utf8');
	return {exitCode, text: written.join(''), page, progress};
}

test('all figures of the paper are reproduced on one page that needs nothing but itself', async t => {
	const {exitCode, text, page, progress} = await reproduced();
	t.is(exitCode, 0);
	const {figures} = await readPublished(join(packageRoot, 'scenarios/zamani2018/published.json'));
	for (const {figure} of figures) {
		t.true(page.includes(`id="chart-${figure}"`), `no chart of Fig. ${figure}`);
		t.truthy(charts.zamani2018?.[figure]);
	}
	// Two draws cannot lie so close together that the intervals of Fig. 11 are apart.
	const [printed, ours] = (['printed', 'ours'] as const).map(
		origin => figures.flatMap(({claims}) => claims).filter(claim => claim.origin === origin).length,
	);
	const counted = `f ${printed} claims of the paper \\d+ hold and \\d (is|are) not refuted; all ${ours} checks of ours hold`;
	t.regex(page, new RegExp(`O${counted}\\.`));
	t.regex(text, new RegExp(`^o${counted}, simulated over 2 seeds$`, 'm'));
	t.regex(text, /at most 11 streams[\s\S]*Checks of ours, which the paper does not claim[\s\S]*no stream is stopped/);
	t.notRegex(text, /Checks of ours[\s\S]*at most 11 streams/);
	t.regex(page, /55\s% ± 4 points/);
	t.notRegex(page, /(src|href)="(?!data:|#)/);
	t.notRegex(page, /undefined|NaN|\[object/);
	t.regex(page, /What is ours[\s\S]*the infrastructure is reconstructed/);
	t.regex(page, /Readings[\s\S]*<code>workload\.arrivals<\/code>/);
	t.regex(text, /│ 6 +│ at most 11 streams/);
	t.regex(text, /11 \[11, 11\]/);
	// Figures 6 to 9 look at the same four variants, 10 at two and 11 at one, a seed each.
	t.is(progress.at(-1), '14 of 14 draws simulated');
});

test('only the figures that are asked for are drawn, and the numbers do not depend on the threads', async t => {
	const [one, two] = [
		await reproduced({figures: ['6', '10'], json: true, workers: 1}),
		await reproduced({figures: ['6', '10'], json: true, workers: 3}),
	];
	const claims = (text: string) => (JSON.parse(text) as {claims: Array<{figure: string}>}).claims;
	t.deepEqual([...new Set(claims(one.text).map(({figure}) => figure))], ['6', '10']);
	t.deepEqual(claims(one.text), claims(two.text));
	const {counts} = JSON.parse(one.text) as {counts: Record<'paper' | 'ours', {count: number}>};
	const origins = (JSON.parse(one.text) as {claims: Array<{claim: {origin: string}}>}).claims.map(
		one => one.claim.origin,
	);
	t.is(counts.paper.count, origins.filter(origin => origin === 'printed').length);
	t.is(counts.ours.count, origins.filter(origin => origin === 'ours').length);
	t.is(one.page, two.page);
	const error = await t.throwsAsync(reproduced({figures: ['5']}), {instanceOf: StreambedError});
	t.deepEqual([error.code, error.hint], ['USAGE', 'it has 6, 7, 8, 9, 10, 11']);
});

test('a paper that nothing is known of is refused, and says which are known', async t => {
	const flags = {figures: [], seedCount: 2, out: temporaryFolder(), json: false, write: () => {}, onProgress: () => {}};
	for (const paper of ['nobody1999', '../zamani2018']) {
		const error = await t.throwsAsync(reproduce({...flags, paper}), {instanceOf: StreambedError});
		t.is(error.code, 'USAGE');
		t.regex(error.hint ?? '', /zamani2018/);
	}
});

test('what cannot be drawn or written is refused before the first draw', async t => {
	const out = temporaryFolder();
	const progress: string[] = [];
	const real = {testbed: 'namespaces', transports: ['zeromq'], sharing: ['reserved'], repeat: 1} as const;
	for (const [wrong, code] of [
		[{out: '/proc/nowhere'}, 'OUT_REFUSED'],
		[{real: {...real, transports: ['pigeon']}}, 'SCENARIO_INVALID'],
		[{figures: ['11'], real: {...real, sharing: ['tcp']}}, 'USAGE'],
		[{real: {...real, repeat: 3}}, 'USAGE'],
	] as const) {
		const flags = {paper: 'zamani2018', figures: ['10'], seedCount: 2, out, json: false, write: () => {}};
		const reproduction = reproduce({...flags, onProgress: line => progress.push(line), ...wrong});
		const error = await t.throwsAsync(reproduction, {instanceOf: StreambedError});
		t.is(error.code, code);
	}
	t.deepEqual(progress, []);
});

test('flags of real links name what they take, and do not stretch time', t => {
	const refusal = (flags: object) =>
		t.throws(() => realFlags({testbed: 'namespaces', ...flags}), {instanceOf: StreambedError});
	const sharing = refusal({sharing: 'reserved,foo'});
	t.like(
		{code: sharing.code, hint: sharing.hint},
		{code: 'USAGE', hint: 'it takes reserved or tcp, or both: reserved,tcp'},
	);
	t.regex(sharing.message, /--sharing foo/);
	const stretched = refusal({timeScale: 7});
	t.is(stretched.code, 'USAGE');
	t.regex(stretched.message, /--time-scale 7 would stretch every second of a figure to 7/);
	t.like(realFlags({testbed: 'namespaces', timeScale: 1}).real, {timeScale: 1, sharing: ['reserved', 'tcp']});
});

// Alone, because a signal goes to the whole process.
test.serial('a reproduction that is interrupted while it simulates says what it was at, and what stands', async t => {
	const out = temporaryFolder();
	const flags = {paper: 'zamani2018', figures: ['7'], seedCount: 30, workers: 1, out, json: false, write: () => {}};
	const reproduction = reproduce({...flags, onProgress: () => process.emit('SIGINT')});
	const error = await t.throwsAsync(reproduction, {instanceOf: StreambedError});
	t.is(error.code, 'INTERRUPTED');
	t.regex(error.message, /while it simulated its figures: no page is written, and no draw is kept/);
	t.deepEqual(await readdir(join(out, 'reproduction-zamani2018')), []);
});

test.serial(
	'one that is interrupted while it draws other readings leaves the page of the chosen one, and says where',
	async t => {
		const out = temporaryFolder();
		const flags = {paper: 'zamani2018', figures: ['10'], seedCount: 2, workers: 1, out, json: false, write: () => {}};
		const onProgress = (line: string) => {
			if (/other readings drawn/.test(line)) {
				process.emit('SIGINT');
			}
		};
		const error = await t.throwsAsync(reproduce({...flags, sensitivity: true, onProgress}), {
			instanceOf: StreambedError,
		});
		t.is(error.code, 'INTERRUPTED');
		t.regex(error.message, /simulated other readings: the page of what was done before is .*reproduction\.html$/);
		const page = await readFile(join(out, 'reproduction-zamani2018/reproduction.html'), 'utf8');
		t.regex(page, /id="chart-10"/);
		t.notRegex(page, /id="sensitivity"/);
	},
);

test('what a condition looks at is told in full, its class as the class that it is', t => {
	t.is(
		selectorText({
			variant: 'reserved',
			measure: 'resolution.mean',
			minimumResolutionRatio: 0.8,
			lowestWithin: {fromSeconds: 220, toSeconds: 300},
		}),
		'reserved resolution.mean, 80\u00a0% streams, at its lowest from 220 to 300\u00a0s',
	);
});

/** Draws without anything in them: no number was measured. */
const empty: FigureDraws = {
	figure: {
		figure: '1',
		scenario: 'none.yaml',
		question: 'What if nothing was drawn?',
		claims: [
			{
				claim: 'eleven streams',
				origin: 'printed',
				conditions: [
					{kind: 'value', of: {variant: 'a', measure: 'streams.concurrentMax'}, printed: 11, tolerance: 0},
					{
						kind: 'gain',
						from: {variant: 'a', measure: 'utilisation.core.max'},
						to: {variant: 'b', measure: 'utilisation.core.max'},
						atLeast: 0.1,
					},
				],
				heldRatio: 1,
			},
		],
	},
	draws: [new Map(), new Map()],
};

test('a claim on what was not measured is refuted, with a dash for its number', t => {
	const [result] = judgeFigure(empty);
	if (!result) {
		t.fail('the claim was not judged');
		return;
	}
	t.false(result.judged.holds);
	t.deepEqual(publishedLines(result), ['11', 'more by at least 10 points']);
	t.deepEqual(measuredLines(result), ['–', '– → –']);
	t.is(verdictText(result, 2), 'refuted (0 of 2 seeds)');
	t.regex(reproductionTable([result], 2), /refuted \(0 of 2/);
});

test('a section of a Markdown page becomes paragraphs and tables, its text escaped', t => {
	const page =
		'# A\n\n## First\n\nOne & `two`,\n[three](x.md).\n\n| a | b |\n| - | - |\n| `c` | 1 < 2 |\n\n## Second\n\nno';
	const text = markdownSection(page, 'First')
		.map(part => part.text)
		.join('');
	t.regex(text, /<p>One &amp; <code>two<\/code>, three\.<\/p>/);
	t.regex(text, /<code>c<\/code>[\s\S]*1 &lt; 2/);
	t.false(text.includes('no'));
});
