import {execFile} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import test from 'ava';
import {parse} from 'yaml';
import {errorCodes, exitCodes} from '#core/errors.ts';
import {parseScenario} from '#core/scenario/load.ts';
import {ignoredNames, readCheckout, root} from './support/tidy/checkout.ts';
import {formatFinding, type TextFile} from './support/tidy/finding.ts';
import {brokenLinks} from './support/tidy/links.ts';
import {samples} from './support/tidy/samples.ts';
import {tableRows} from './support/tidy/tables.ts';

const files = await readCheckout();

const pictures = await readdir(`${root}docs/images`).then(
	names => names.map(name => `docs/images/${name}`),
	() => [],
);

const textOf = (path: string): string => {
	const file = files.find(other => other.path === path);
	if (!file) {
		throw new Error(`${path} is not there`);
	}
	return file.text;
};

/** `path | text`, or just the text of a file that stands at the rule's usual path. */
function sampleFile(sample: string, usualPath: string): TextFile {
	const [, path = usualPath, text = sample] = /^([\w./-]+) \| ([\s\S]*)$/.exec(sample) ?? [];
	return {path, text};
}

/** Full of what the rules forbid, on purpose. */
const isSample = (path: string): boolean => path.startsWith('test/support/tidy/');

for (const [sentence, {rule, path, caught, passed}] of Object.entries(samples)) {
	test(`the checker of “${sentence}” catches what it must and nothing else`, t => {
		for (const sample of caught) {
			t.not(rule(sampleFile(sample, path)).length, 0, `not caught: ${sample.slice(0, 200)}`);
		}
		for (const sample of passed) {
			t.deepEqual(rule(sampleFile(sample, path)).map(formatFinding), [], sample.slice(0, 200));
		}
	});

	test(sentence, t => {
		const checked = files.filter(file => !isSample(file.path) && file.path !== 'package-lock.json');
		t.true(checked.length > 30, `only ${checked.length} files were found`);
		t.deepEqual(checked.flatMap(rule).map(formatFinding), []);
	});
}

test('the checker of links catches a missing file and a missing heading, and reads no code', t => {
	const page = {
		path: 'docs/a.md',
		text: '# One, two\n[a](b.md) [c](#one-two) [d](#three)\n`[e](f.md)` <!-- [g](h.md) -->\n```\n[i](j.md)\n```\n[k](../netem)',
	};
	t.deepEqual(brokenLinks([page], new Set(['docs/a.md', 'netem/a.ts'])).map(formatFinding), [
		'docs/a.md:2 b.md leads to no file',
		'docs/a.md:2 #three leads to no heading',
	]);
});

test('every link in a page leads somewhere', t => {
	const pages = files.filter(({path}) => path.endsWith('.md'));
	t.true(pages.length > 5);
	t.deepEqual(brokenLinks(pages, new Set(files.map(({path}) => path).concat(pictures))).map(formatFinding), []);
});

test('docs/README.md leads to every page of the documentation', t => {
	const index = textOf('docs/README.md');
	const pages = files.map(({path}) => path).filter(path => /^docs\/.+\.md$/.test(path) && path !== 'docs/README.md');
	t.deepEqual(
		pages.filter(path => !index.includes(`](${path.slice('docs/'.length)})`)),
		[],
	);
});

test('docs/errors.md lists every error code with its exit code and meaning, and no other', t => {
	const rows = tableRows(textOf('docs/errors.md'));
	t.deepEqual(
		rows
			.filter(([code]) => code && !/^\d+$/.test(code))
			.map(([code, exitCode, meaning]) => ({code, exitCode, meaning})),
		Object.entries(errorCodes).map(([code, {exitCode, meaning}]) => ({code, exitCode: `${exitCode}`, meaning})),
	);
	t.deepEqual(
		rows.map(([code]) => code ?? '').filter(code => /^\d+$/.test(code)),
		Object.values(exitCodes).map(String),
	);
});

test('docs/scenarios.md lists every scenario that ships, with its title', t => {
	const page = textOf('docs/scenarios.md');
	const scenarios = files.filter(({path}) => /^scenarios\/.*\.ya?ml$/.test(path));
	for (const {path, text} of scenarios) {
		t.true(page.includes(`](../${path})`), `${path} is not listed`);
		const {title} = parse(text) as {title: string};
		t.true(page.includes(title), `${path}: its title is not “${title}”`);
	}
	t.is(page.match(/\]\(\.\.\/scenarios\/.*?\.ya?ml\)/g)?.length ?? 0, scenarios.length);
});

test('the scenario in README.md is one', t => {
	const [, yaml] = /^```yaml\n([\s\S]*?)^```/m.exec(textOf('README.md')) ?? [];
	const {variants} = parseScenario(yaml ?? '', 'README.md');
	t.deepEqual(
		variants.map(({variant}) => variant),
		['adaptive', 'static'],
	);
});

test('README.md gives the two commands, and .ci/run takes the second from there', async t => {
	const commands = [...textOf('README.md').matchAll(/^<!-- (\S+) -->\n```sh\n(.*)\n```$/gm)].map(match =>
		match.slice(1),
	);
	t.deepEqual(commands, [
		['start', 'npm ci && npm start'],
		[
			'tests',
			'sh scripts/install-debian-packages.sh && sh scripts/install-kafka.sh && sh scripts/install-docker.sh && npm ci && npm test',
		],
	]);
	t.regex(textOf('.ci/run'), /<!-- tests -->/);
	t.notRegex(textOf('.ci/run'), /npm (?:ci|test)/);
});

test('README.md lists the verbs of the command line, each with what it does', t => {
	const cli = files.filter(({path}) => /^harness\/cli\/.*\.ts$/.test(path)).map(({text}) => text);
	const verbs = [...cli.join('\n').matchAll(/\.command\('([\w-]+)/g)].map(([, verb]) => verb);
	const [, section = ''] = /^## Verbs\n([\s\S]*?)^## /m.exec(textOf('README.md')) ?? [];
	const rows = tableRows(section);
	t.deepEqual(rows.map(([usage]) => usage?.split(' ')[0]).sort(), verbs.sort());
	t.true(rows.every(([, meaning]) => meaning));
});

test('the folders of the house are there, and no other', async t => {
	const ignored = await ignoredNames();
	const foldersOf = async (path: string) =>
		(await readdir(root + path, {withFileTypes: true}))
			.filter(entry => entry.isDirectory() && !ignored.has(entry.name))
			.map(({name}) => name)
			.sort();
	t.deepEqual(await foldersOf(''), [
		'.ci',
		'docs',
		'harness',
		'netem',
		'proxies',
		'reports',
		'scenarios',
		'scripts',
		'test',
	]);
	t.deepEqual(await foldersOf('harness'), ['cli', 'core', 'run', 'testbeds', 'workload']);
});

test('every dependency has one exact version', t => {
	const {dependencies, devDependencies} = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
	for (const [name, version] of Object.entries({...dependencies, ...devDependencies})) {
		t.regex(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name);
	}
});

test('the lock file holds no download addresses and keeps holding none', t => {
	t.notRegex(textOf('package-lock.json'), /"resolved"|\.tgz\b/);
	t.regex(textOf('.npmrc'), /^omit-lockfile-registry-resolved=true$/m);
});

test('the lock file names every optional package, for other platforms too, so that `npm ci` accepts it anywhere', t => {
	const {packages} = JSON.parse(textOf('package-lock.json')) as {
		packages: Record<string, {version?: string; optionalDependencies?: Record<string, string>}>;
	};
	const wanted = Object.entries(packages).flatMap(([path, {optionalDependencies = {}}]) =>
		Object.keys(optionalDependencies).map(name => ({
			name,
			places: [`${path}/node_modules/${name}`, `node_modules/${name}`],
		})),
	);
	t.true(wanted.length > 0);
	t.deepEqual(
		wanted.filter(({places}) => !places.some(place => packages[place]?.version)).map(({name}) => name),
		[],
	);
});

test('each error code is raised somewhere', t => {
	const code = files.filter(
		({path}) => /^(?:harness|netem|proxies|reports)\/.*\.ts$/.test(path) && path !== 'harness/core/errors.ts',
	);
	t.deepEqual(
		Object.keys(errorCodes).filter(name => !code.some(({text}) => text.includes(`'${name}'`))),
		[],
	);
});

test('scripts are executable and their shells can read them', async t => {
	for (const [shell, path] of [
		['bash', '.ci/run'],
		['sh', 'scripts/install-debian-packages.sh'],
		['sh', 'scripts/run-tests.sh'],
		['sh', 'scripts/install-kafka.sh'],
		['sh', 'scripts/install-docker.sh'],
		['sh', 'scripts/start-docker.sh'],
		['sh', 'scripts/build-image.sh'],
		['sh', 'scripts/make-image-base.sh'],
		['sh', 'scripts/archive-kafka-classes.sh'],
	] as const) {
		await t.notThrowsAsync(promisify(execFile)(shell, ['-n', root + path]), path);
		t.regex(await readFile(root + path, 'utf8'), new RegExp(`^#!.*${shell}\n`));
	}
});
