import {readFile} from 'node:fs/promises';
import test from 'ava';
import {figuresTable, withFigures} from './figures-page.ts';

test('figures stand in a table with their mark, and one that misses it stands out', t => {
	const table = figuresTable(
		[
			{name: 'bring-up', value: 0.31234, unit: 's', target: '≤ 0.4 s', met: true, detail: 'median of 5'},
			{name: 'events', value: 98_765.4, unit: '1/s', target: '≥ 100,000 1/s', met: false},
		],
		'a machine, a day',
	);
	t.deepEqual(table.split('\n'), [
		'| figure   |   measured |          mark | met    | how         |',
		'| -------- | ---------: | ------------: | ------ | ----------- |',
		'| bring-up |   0.3123 s |       ≤ 0.4 s | yes    | median of 5 |',
		'| events   | 98,770 1/s | ≥ 100,000 1/s | **no** |             |',
		'',
		'a machine, a day',
	]);
});

test('new figures take the place of the old ones of their benchmark alone', t => {
	const page = '<!-- figures a -->\nold\n<!-- end a -->\ntext\n<!-- figures b -->\nold\n<!-- end b -->\n';
	t.is(withFigures(page, 'a', 'new'), page.replace('old', 'new'));
	t.is(withFigures(withFigures(page, 'b', 'x'), 'b', 'old'), page);
});

test('a benchmark without a place on the page is an error', t => {
	t.throws(() => withFigures('<!-- figures a -->', 'a', 'new'), {
		message: /“a”: it needs <!-- figures a --> and after it/,
	});
	t.throws(() => withFigures('', 'a', 'new'), {message: /no place/});
});

test('docs/benchmarks.md has a place for every benchmark', async t => {
	const [page, source] = await Promise.all(
		['../../docs/benchmarks.md', './bench.ts'].map(path => readFile(new URL(path, import.meta.url), 'utf8')),
	);
	const names = [...(source ?? '').matchAll(/^\t'?([\w-]+)'?: async \(\) => \(await import/gm)].map(
		([, name]) => name ?? '',
	);
	t.true(names.length >= 3);
	for (const name of names) {
		t.regex(withFigures(page ?? '', name, 'new'), /\nnew\n/, name);
	}
});
