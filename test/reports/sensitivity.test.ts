import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {reproduce} from '#cli/reproduce.ts';
import {packageRoot} from '#core/package-root.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {readPublished} from '#reports/published/read-published.ts';
import type {ClaimResult} from '#reports/reproduction/judge-figure.ts';
import {readSensitivityReadings} from '#reports/reproduction/sensitivity-reading.ts';
import {sensitivityTable} from '#reports/reproduction/sensitivity-table.ts';
import {sensitivityMarkdown, sensitivityTerminalText} from '#reports/reproduction/sensitivity-text.ts';
import {temporaryFolders} from './fixtures/temporary-folders.ts';

const temporaryFolder = temporaryFolders();
const folder = join(packageRoot, 'scenarios/zamani2018');

function judged(figure: string, claim: string, heldRatio: number, holds = heldRatio === 1): ClaimResult {
	return {
		figure,
		claim: {claim, origin: 'printed', conditions: [], heldRatio: 1},
		judged: {holds, heldRatio, intervalsApart: true, counterexamples: []},
		conditions: [],
	};
}

test('the table has a row for each claim, a column for each reading, and says where a reading refutes or does not touch', t => {
	const table = sensitivityTable({
		chosen: [judged('6', 'eleven streams', 1), judged('10', 'all stop', 1)],
		others: [
			{
				reading: {heading: 'otherwise', meaning: 'read the other way', set: ['seed=2']},
				claims: [judged('6', 'eleven streams', 0.4)],
			},
		],
		seedCount: 30,
	});
	t.deepEqual(
		table.rows.map(({figure, cells}) => [figure, ...cells]),
		[
			['6', {holds: true, heldCount: 30}, {holds: false, heldCount: 12}],
			['10', {holds: true, heldCount: 30}, undefined],
		],
	);
	t.regex(
		sensitivityMarkdown(table, 'nobody1999'),
		/\| 6 \| eleven streams \| 30 \| ✗ 12 \|\n\| 10 \| all stop \| 30 \| – \|/,
	);
	const text = sensitivityTerminalText(table);
	t.regex(text, /│ 6 +│ eleven streams +│ 30 +│ ✗ 12 +│/);
	t.regex(text, /B {2}otherwise: read the other way/);
});

test('each reading that ships changes every figure that it touches, and stands in the README by its key', async t => {
	const readings = await readSensitivityReadings(join(folder, 'readings.json'));
	const {figures} = await readPublished(join(folder, 'published.json'));
	const readme = await readFile(join(folder, 'README.md'), 'utf8');
	t.true(readings.length >= 9);
	for (const {heading, set, figures: touched} of readings) {
		for (const {figure, scenario} of figures.filter(one => touched?.includes(one.figure) ?? true)) {
			const path = join(folder, scenario);
			const [as, otherwise] = [loadScenario(path), loadScenario(path, {set})].map(({variants}) => variants);
			t.notDeepEqual(as, otherwise, `${heading} changes nothing in Fig. ${figure}`);
		}
		for (const setting of set) {
			t.true(readme.includes(`\`${setting.split('=')[0]}\``), `${setting} is not in the README`);
		}
	}
});

test('reproduce writes the table into its page, its Markdown and the terminal, and the budget with its number', async t => {
	const out = temporaryFolder();
	const written: string[] = [];
	const exitCode = await reproduce({
		paper: 'zamani2018',
		figures: ['10'],
		seedCount: 2,
		workers: 2,
		sensitivity: true,
		out,
		json: false,
		write: text => written.push(text),
		onProgress: () => {},
	});
	// What another reading refutes is no failure: the paper is held against the chosen one.
	t.is(exitCode, 0);
	const page = await readFile(join(out, 'reproduction-zamani2018/reproduction.html'), 'utf8');
	const markdown = await readFile(join(out, 'reproduction-zamani2018/sensitivity.md'), 'utf8');
	t.regex(page, /id="sensitivity"[\s\S]*equal bandwidth[\s\S]*<span class="bad">✗ 0<\/span>/);
	t.notRegex(page, /undefined|NaN|\[object/);
	t.regex(markdown, /\| 10 \| before the drop all twelve streams deliver[^\n]* \| 2 \| – \| – \| – \| ✗ 0 \|/);
	t.regex(written.join(''), /J {2}producer reduces/);
	for (const text of [page, written.join('')]) {
		t.regex(
			text,
			/budget of 1\s?USD a chunk never binds: in the dearest class of streams of all draws, a chunk costs 0\.00366\s?USD on average[^.]*27\d times less/,
		);
	}
});
