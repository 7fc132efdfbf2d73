import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {StreambedError} from '#core/errors.ts';
import {type LoadOptions, parseScenario} from '#core/scenario/load.ts';
import {overlay, setAt} from '#core/scenario/overlay.ts';
import {CliProcess} from '../support/cli-process.ts';

const good = `streambed: 1
title: Two sites and a link
topology:
  sites:
    camera: {role: producer}
    user: {role: consumer}
  links:
    - {name: wire, between: [camera, user], rate: 100Mbit/s}
workload:
  stages: []
  requests: [{}]
timing: {drive: 60s}
`;

/** Wrong in as many ways as a scenario can be, each in a line of its own. */
const wrong = `streambed: 1
title: Wrong in every way
colour: red
timeScale: 0
topology:
  sites:
    camera: {role: producer}
    edge: {role: compute, tier: edge, workers: 2}
    island: {role: router}
    user: {role: consumer}
  links:
    - {name: first, between: [camera, edge], rate: 100}
    - {name: second, between: [edge, user], rate: -5Mbit/s}
    - {name: second, between: [edge, user], rate: 400Gbit/s}
    - {name: nowhere, between: [edge, moon], rate: 10Mbit/s}
    - {name: circle, between: [edge, edge], rate: 10Mbit/s, delay: 5}
workload:
  requests: [{count: 0}]
timing: {drive: 60s}
timeline:
  - {at: 10s, link: missing, rate: 10Mbit/s}
  - {at: 90s, link: first, rate: 10Mbit/s}
variants:
  careful: {}
  sloppy:
    stack:
      polcy: static
`;

/** Line, path and the telling part of the message of each mistake. */
const mistakes: ReadonlyArray<readonly [line: number, path: string, message: RegExp]> = [
	[3, 'colour', /no such key/],
	[4, 'timeScale', /more than 0/],
	[9, 'topology.sites.island', /no path of links joins island to camera/],
	[12, 'topology.links.0.rate', /100 has no unit; write for example 200Mbit\/s/],
	[13, 'topology.links.1.rate', /-5Mbit\/s is negative; a rate is 64kbit\/s or more/],
	[14, 'topology.links.2.name', /two links are named second/],
	[14, 'topology.links.2.rate', /400Gbit\/s is out of range: a rate here is 40Gbit\/s or less/],
	[15, 'topology.links.3.between.1', /leads to moon, which is no site \(sites: camera, edge, island, user\)/],
	[16, 'topology.links.4.between', /leads from edge to itself/],
	[16, 'topology.links.4.delay', /5 has no unit/],
	[18, 'workload.requests.0.count', /./],
	[21, 'timeline.0.link', /missing, which is no link/],
	[22, 'timeline.1.at', /90s comes after the end of driving at 60s/],
	[27, 'variants.sloppy.stack.polcy', /no such key/],
];

/** The error that a text is refused with. */
const refusal = (t: ExecutionContext, text: string, options: LoadOptions = {}): StreambedError =>
	t.throws(() => parseScenario(text, 'folder/wrong.yaml', options), {instanceOf: StreambedError});

test('all mistakes of a scenario come at once, by line, each with its path, none twice and none besides', t => {
	const {code, message} = refusal(t, wrong);
	t.is(code, 'SCENARIO_INVALID');
	const [head = '', ...lines] = message.split('\n');
	t.is(head, `folder/wrong.yaml has ${mistakes.length} mistakes:`);
	t.is(lines.length, mistakes.length, message);
	for (const [line, path, pattern] of mistakes) {
		const start = `  folder/wrong.yaml:${line}  ${path}: `;
		const found = lines.find(one => one.startsWith(start));
		t.truthy(found, `${start}… is not among:\n${message}`);
		t.regex(found?.slice(start.length) ?? '', pattern);
	}
	t.deepEqual(
		lines.map(line => Number(/:(\d+) /.exec(line)?.[1])),
		mistakes.map(([line]) => line),
	);
});

test('the real program refuses such a scenario with exit code 2 and builds nothing', async t => {
	const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const path = join(folder, 'wrong.yaml');
	writeFileSync(path, wrong);
	await using cli = new CliProcess(['run', path]);
	t.is((await cli.ended).exitCode, 2);
	for (const [line, dotted] of mistakes) {
		t.true(cli.stderr.includes(`${path}:${line}  ${dotted}: `), `${dotted} is not in:\n${cli.stderr}`);
	}
	t.is(cli.stdout, '');
	t.false(existsSync(cli.outDir), 'no run folder is made');
});

const broken: Readonly<Record<string, {readonly text: string; readonly line: number; readonly says: RegExp}>> = {
	'a key that is written twice': {text: `${good}title: again\n`, line: 13, says: /unique/},
	'an alias of nothing': {text: `${good}expect: *nothing\n`, line: 13, says: /\*nothing refers to an anchor/},
	'a bracket left open': {text: `${good}expect: [\n`, line: 14, says: /\]/},
	'a tab in the indentation': {text: `${good}expect:\n\t- a\n`, line: 14, says: /[Tt]ab/},
	'variants within a variant': {
		text: `${good}variants: {a: {variants: {}, stack: {policy: static}}}\n`,
		line: 13,
		says: /variants\.a\.variants: a variant has no variants of its own/,
	},
	'an expectation of a variant that is not there': {
		text: `${good}expect: [{variant: ghost, measure: resolution.mean, equals: 1}]\n`,
		line: 13,
		says: /expect\.0\.variant: no variant is named ghost/,
	},
};

test('a file that holds no mapping is told so, and nothing besides', t => {
	for (const [text, says] of [
		['', 'the file is empty'],
		['# nothing but a comment\n', 'the file is empty'],
		['- a\n- list\n', 'the file holds no mapping; a scenario is made of `key: value` lines'],
		['a word', 'the file holds no mapping; a scenario is made of `key: value` lines'],
	] as const) {
		t.is(refusal(t, text).message, `folder/wrong.yaml has a mistake:\n  folder/wrong.yaml:1  ${says}`);
	}
});

test('a drive too short for arrivals that were left to their default names the default, and what to set', t => {
	const {message} = refusal(t, good.replace('drive: 60s', 'drive: 10s'));
	const remedy = '(default: spread over 10 s; set arrivals: {law: spread, over: 1s})';
	t.true(message.endsWith(`but driving ends at 10s ${remedy}`), message);
	const mended = good.replace('workload:', 'workload:\n  arrivals: {law: spread, over: 1s}');
	t.notThrows(() => parseScenario(mended.replace('drive: 60s', 'drive: 10s'), 'good.yaml'));
});

for (const [mistake, {text, line, says}] of Object.entries(broken)) {
	test(`${mistake} is a mistake of the author, with its line`, t => {
		const {code, message} = refusal(t, text);
		t.is(code, 'SCENARIO_INVALID');
		t.true(
			message.split('\n').some(one => one.startsWith(`  folder/wrong.yaml:${line}  `) && says.test(one)),
			message,
		);
	});
}

test('a value that was set from outside the file is taken, and a wrong one is told as such', t => {
	const {variants, sha256} = parseScenario(good, 'good.yaml', {
		set: ['topology.links.wire.rate=50Mbit/s', 'seed=9', 'stack.policy=static'],
	});
	t.like(variants[0]?.scenario, {seed: 9, stack: {policy: 'static'}});
	t.is(variants[0]?.scenario.topology.links[0]?.rateBitsPerSecond, 50e6);
	t.not(sha256, parseScenario(good, 'good.yaml').sha256);
	t.regex(
		refusal(t, good, {set: ['topology.links.wire.rate=50']}).message,
		/wrong\.yaml:8 {2}topology\.links\.0\.rate: 50 has no unit; .* \(set from outside the file\)$/,
	);
	t.regex(
		refusal(t, good, {set: ['timing.drve=5s']}).message,
		/timing\.drve: no such key \(set from outside the file\)/,
	);
});

for (const setting of [
	'topology.links.cable.rate=5Mbit/s',
	'title',
	'=5',
	'title.of=5',
	'title=[',
	'topology.links.7.rate=1Mbit/s',
]) {
	test(`--set ${setting} names nothing and is refused as usage`, t => {
		t.is(refusal(t, good, {set: [setting]}).code, 'USAGE');
	});
}

test('a variant overlays the scenario: objects key by key, everything else as a whole', t => {
	const {variants} = parseScenario(
		`${good}variants:\n  plain: {}\n  other: {stack: {policy: static}, workload: {requests: [{}, {count: 3}]}}\n`,
		'good.yaml',
	);
	const [plain, other] = variants.map(({scenario}) => scenario);
	t.deepEqual([plain?.stack.policy, other?.stack.policy], ['adaptive', 'static']);
	t.is(other?.stack.sharing, plain?.stack.sharing);
	t.deepEqual(
		other?.workload.requests.map(({count}) => count),
		[1, 3],
	);
	t.deepEqual(other?.topology, plain?.topology);
});

test('only the variants that are asked for are given, and one that is not there is refused', t => {
	const text = `${good}variants: {a: {}, b: {}}\n`;
	t.deepEqual(
		parseScenario(text, 'good.yaml', {only: ['b']}).variants.map(({variant}) => variant),
		['b'],
	);
	t.like(refusal(t, text, {only: ['c']}), {code: 'USAGE', hint: 'variants: a, b'});
});

test('neither overlaying nor setting changes its input', t => {
	const base = Object.freeze({a: Object.freeze({b: 1, list: Object.freeze([Object.freeze({name: 'x', value: 1})])})});
	t.deepEqual(overlay(base, {a: {b: 2}, c: 3}), {a: {b: 2, list: [{name: 'x', value: 1}]}, c: 3});
	t.deepEqual(setAt(base, ['a', 'list', 'x', 'value'], 7), {
		value: {a: {b: 1, list: [{name: 'x', value: 7}]}},
		path: ['a', 'list', 0, 'value'],
	});
	t.is(setAt(base, ['a', 'b', 'deeper'], 7), undefined);
	t.is(setAt(base, ['a', 'list', 'y', 'value'], 7), undefined);
	t.is(setAt(base, ['a', 'list', '1'], 7), undefined);
});
