import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {decodeFromCompressedBase64} from 'hdr-histogram-js';
import {StreambedError} from '#core/errors.ts';
import type {RunDocument} from '#core/records/run-document.ts';
import {compareRuns} from '#reports/compare.ts';
import {changeMarks} from '#reports/figures/change-marks.ts';
import {deliveringFigure} from '#reports/figures/delivering.ts';
import {drawSvg} from '#reports/figures/draw.ts';
import {type Figure, layouts} from '#reports/figures/figure.ts';
import {figureTable} from '#reports/figures/table.ts';
import {finding} from '#reports/findings.ts';
import {html} from '#reports/html/html.ts';
import {junitXml} from '#reports/junit.ts';
import {keyMeasuresOf} from '#reports/key-measures.ts';
import {unitOf} from '#reports/measurement.ts';
import {readRun} from '#reports/read-run.ts';
import {summarise} from '#reports/summary.ts';
import {formatTerminalTable} from '#reports/terminal-table.ts';
import {writeReport} from '#reports/write-report.ts';
import {compare} from '../../harness/cli/compare.ts';
import {report} from '../../harness/cli/report.ts';
import {writePlausibleRun} from './fixtures/plausible-run.ts';
import {temporaryFolders} from './fixtures/temporary-folders.ts';
import {resolvedScenario, runDocument, writeRun} from './fixtures/write-run.ts';

const emptyFolder = temporaryFolders();

function edit(folder: string, change: (document: RunDocument) => Partial<RunDocument>): void {
	const path = join(folder, 'run.json');
	const document = JSON.parse(readFileSync(path, 'utf8')) as RunDocument;
	writeFileSync(path, JSON.stringify({...document, ...change(document)}));
}

test('the report is one page that needs no network and shows no hole', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const {htmlPath, expectations} = await writeReport(folder);
	const page = readFileSync(htmlPath, 'utf8');
	t.deepEqual(page.match(/https?:|\b(?:src|xlink:href)=|@import|url\((?!#)/g), null);
	for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) {
		t.regex(target, /^(?:#|data:application\/json;base64,|(?:figures|histograms)\/|[\w.-]+$)/);
	}
	const text = page.replace(/<(style|script)[\s\S]*?<\/\1>/g, '').replace(/base64,[^"]*/g, '');
	t.deepEqual(text.match(/NaN|undefined|\[object|Infinity/g), null);
	t.true(page.includes('&lt;needed&gt;'), 'what a record says is escaped');
	const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
	t.is(new Set(ids).size, ids.length, 'no id stands twice');
	t.true(
		page.includes('After transit-core went to 200&#160;Mbit/s') ||
			page.includes('After transit-core went to 200\u00a0Mbit/s'),
	);
	t.deepEqual(
		expectations.map(({passed}) => passed),
		[true, false, true],
	);
});

test('the files beside the page are those the crate lists, and are the same when made again', async t => {
	const folder = writePlausibleRun(emptyFolder());
	await writeReport(folder);
	const contents = () =>
		Object.fromEntries(
			readdirSync(folder, {recursive: true, withFileTypes: true})
				.filter(entry => entry.isFile())
				.map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
				.map(path => [path, readFileSync(join(folder, path)).toString('base64')]),
		);
	const first = contents();
	await writeReport(folder);
	t.deepEqual(contents(), first);
	const crate = JSON.parse(readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8')) as {
		'@graph': ReadonlyArray<{'@id': string; '@type': string; hasPart?: ReadonlyArray<{'@id': string}>}>;
	};
	const parts = crate['@graph'].find(entity => entity['@id'] === './')?.hasPart?.map(part => part['@id']);
	t.deepEqual(
		parts,
		Object.keys(first)
			.filter(path => path !== 'ro-crate-metadata.json')
			.sort(),
	);
	for (const name of Object.keys(figureTable)) {
		t.true(
			`figures/${name}.png` in first && `figures/${name}.dark.svg` in first && `figures/${name}.vl.json` in first,
			name,
		);
	}
	const csv = readFileSync(join(folder, 'summary.csv'), 'utf8').split('\n');
	t.is(csv[0], 'variant,repeat,counted,measure,minimumResolutionRatio,value,unit');
	t.true(csv.includes('tcp,0,true,chunks.lost,,0,count'));
});

test('a latency histogram that was written decodes to the latencies that were measured', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const {summary} = await writeReport(folder);
	const lines = readFileSync(join(folder, 'histograms', 'adaptive-0-planned.hlog'), 'utf8')
		.trim()
		.split('\n');
	const histogram = decodeFromCompressedBase64(lines.at(-1)?.split(',').at(-1) ?? '');
	const measures = summary.variants[0]?.repeats[0]?.measures ?? [];
	const value = (name: string) =>
		measures.find(({measure, minimumResolutionRatio}) => measure === name && minimumResolutionRatio === null)?.value ??
		Number.NaN;
	t.is(histogram.totalCount, value('chunks.delivered'));
	t.is(histogram.getValueAtPercentile(99) / 1000, value('latency.e2eMs.p99'));
});

test('every figure compiles without complaint, wide and narrow, and holds at most 2,000 points', async t => {
	const data = await readRun(writePlausibleRun(emptyFolder(), {repeats: 2}));
	const measured = {data, summary: summarise(data)};
	for (const [name, make] of Object.entries(figureTable)) {
		const figure = make(measured);
		if (figure.kind !== 'drawn') {
			t.fail(`${name} is ${figure.kind}`);
			continue;
		}
		for (const layout of Object.values(layouts)) {
			const svg = await drawSvg(figure.spec(layout));
			const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
			t.true(
				width <= layout.widthPx + 25,
				`${name} ${layout.name}: actual width ${width}, expected ${layout.widthPx}, tolerance 25`,
			);
			const smallest = Math.min(...[...svg.matchAll(/font-size="([\d.]+)px"/g)].map(([, size]) => Number(size)));
			t.true(smallest >= 11, `${name}: smallest text ${smallest} px`);
		}
		const points = new Set(JSON.stringify(figure.spec(layouts.wide)).match(/\{"(?:seconds|variant)":[^}]*\}/g) ?? []);
		t.true(points.size <= 2000, `${name}: ${points.size} points`);
	}
	await t.throwsAsync(
		drawSvg({mark: 'line', encoding: {x: {field: 'a', type: 'no-such-type'}}}),
		undefined,
		'a bad specification is noticed',
	);
});

test('a killed run, and one that recorded nothing, get the report of what they left', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const path = join(folder, 'records.ndjson');
	const records = readFileSync(path, 'utf8');
	writeFileSync(path, records.slice(0, Math.floor(records.length * 0.8)));
	edit(folder, () => ({status: 'running', outcomes: []}));
	const document = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Record<string, unknown>;
	const {verdict: _, endedAt: __, ...running} = document;
	writeFileSync(join(folder, 'run.json'), JSON.stringify(running));
	const {summary, htmlPath} = await writeReport(folder);
	t.like(summary, {status: 'running', verdict: null, records: {cutShort: true}});
	const page = readFileSync(htmlPath, 'utf8');
	t.true(page.includes('records cut short'));
	t.regex(page, /did not come to its end/);

	for (const content of ['', undefined]) {
		content === undefined ? rmSync(path) : writeFileSync(path, content);
		const empty = await writeReport(folder);
		t.is(empty.summary.records.count, 0);
		t.regex(readFileSync(empty.htmlPath, 'utf8'), /Nothing was recorded/);
		t.true(formatTerminalTable(empty).includes('none: the run did not come to its end'));
	}
});

test('folders that are no runs are refused with what they lack', async t => {
	const write = () => t.fail('nothing is printed');
	const folder = emptyFolder();
	await t.throwsAsync(report({folders: [folder], write}), {code: 'RUN_FOLDER_INVALID', message: /no run\.json/});
	writeFileSync(join(folder, 'run.json'), '{"format":');
	await t.throwsAsync(report({folders: [folder], write}), {
		code: 'RUN_FOLDER_INVALID',
		message: /run\.json is not JSON/,
	});
	writeFileSync(join(folder, 'run.json'), '{"format": 1}');
	await t.throwsAsync(report({folders: [folder], write}), {code: 'RUN_FOLDER_INVALID', message: /schema/});
	writeFileSync(join(folder, 'run.json'), JSON.stringify(runDocument()));
	await t.throwsAsync(report({folders: [folder], write}), {code: 'RUN_FOLDER_INVALID', message: /no scenario\.json/});
});

test('the table for the terminal keeps to 100 columns and to plain text where it must', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const data = await readRun(folder);
	const summary = summarise(data);
	const plain = formatTerminalTable({summary, expectations: [], outcomes: []}, {colour: false});
	t.false(plain.includes('\u001b'));
	t.true(formatTerminalTable({summary, expectations: [], outcomes: []}, {colour: true}).includes('\u001b[32mvalid'));
	const many = {
		...summary,
		variants: Array.from({length: 9}, (_, index) => ({
			...summary.variants[0],
			variant: `a-long-variant-name-${index}`,
		})),
	};
	for (const table of [
		plain,
		formatTerminalTable({summary: many as typeof summary, expectations: [], outcomes: []}, {colour: false}),
	]) {
		const longest = Math.max(...table.split('\n').map(line => line.length));
		t.true(longest <= 100, `longest line: ${longest}`);
	}
});

test('two runs of one scenario are compared; what stands in the way is named and ends with 7', async t => {
	const [a, b] = [writePlausibleRun(emptyFolder()), writePlausibleRun(emptyFolder())];
	const same = await compareRuns(a, b);
	t.true(same.comparable);
	t.true(
		same.measures.length > 100 &&
			same.measures.every(({differenceRatio}) => differenceRatio === 0 || differenceRatio === null),
	);
	const printed: string[] = [];
	const write = (text: string) => printed.push(text);
	t.is(await compare({a, b, json: false, write}), 0);
	t.regex(printed.join(''), /throughput\.bitsPerSecond/);

	edit(b, ({outcomes, provenance}) => ({
		seed: 2,
		timeScale: 0.05,
		scenarioSha256: 'cd'.repeat(32),
		verdict: 'invalid',
		testbed: 'docker',
		outcomes: outcomes.map(outcome => ({...outcome, verdict: 'invalid'})),
		provenance,
	}));
	const error = await t.throwsAsync(compare({a, b, json: true, write}), {
		instanceOf: StreambedError,
		code: 'NOT_COMPARABLE',
	});
	t.is(error.exitCode, 7);
	t.false((JSON.parse(printed.at(-1) ?? '') as {comparable: boolean}).comparable);
	const {comparable, obstacles, notes} = await compareRuns(a, b);
	t.false(comparable);
	for (const word of [
		'scenarios differ',
		'time scales differ',
		'seeds differ',
		'not valid',
		'no repeat of tcp counts',
	]) {
		t.true(
			obstacles.some(obstacle => obstacle.includes(word)),
			word,
		);
	}
	t.deepEqual(notes, ['testbed differs: namespaces and docker']);
});

test('a difference is a share of the first run', async t => {
	const throughput = async (bytes: number) =>
		writeRun(emptyFolder(), {
			document: runDocument(),
			scenarios: {adaptive: resolvedScenario({timing: {drive: '10s'}})},
			records: [
				{
					kind: 'chunk.produced',
					t: 0,
					variant: 'adaptive',
					repeat: 0,
					stream: 's',
					sequence: 0,
					plannedSeconds: 0,
					sentSeconds: 0,
					bytes,
				},
				{
					kind: 'chunk.delivered',
					t: 10,
					variant: 'adaptive',
					repeat: 0,
					stream: 's',
					sequence: 0,
					bytes,
					resolutionRatio: 1,
					latencySeconds: 10,
					transitSeconds: 10,
					diffSeconds: 0,
					reordered: false,
				},
				{kind: 'run.ended', t: 10, variant: 'adaptive', repeat: 0, outcome: 'completed'},
			],
		});
	const {measures} = await compareRuns(await throughput(1000), await throughput(1250));
	const compared = measures.find(
		({measure, minimumResolutionRatio}) => measure === 'throughput.bitsPerSecond' && minimumResolutionRatio === null,
	);
	t.is(compared?.differenceRatio, 0.25);
	t.is(measures.find(({measure}) => measure === 'chunks.lost')?.differenceRatio, 0);
});

test('JUnit has a case for each verdict, account and expectation, and escapes what it is told', async t => {
	const folder = writePlausibleRun(emptyFolder());
	edit(folder, ({outcomes}) => ({
		outcomes: outcomes.map((outcome, index) =>
			index === 0
				? {...outcome, verdict: 'invalid', reasons: [{verdict: 'invalid', reason: 'lag 80 ms > 50 ms & "more"\u0007'}]}
				: outcome,
		),
	}));
	const {expectations, summary} = await writeReport(folder);
	const xml = junitXml({document: (await readRun(folder)).document, summary, expectations});
	t.is(readFileSync(join(folder, 'junit.xml'), 'utf8'), xml);
	t.is(xml.match(/<testcase /g)?.length, 3 * 2 + 3);
	t.is(xml.match(/<failure /g)?.length, 2);
	t.true(xml.includes('lag 80 ms &gt; 50 ms &amp; &quot;more&quot;\ufffd'));
});

test('streams that had stopped before a link was changed are not laid at its door', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const findingNow = async () => {
		const data = await readRun(folder);
		return finding({data, summary: summarise(data)});
	};
	t.regex(await findingNow(), /4 of 12 in adaptive, 4 of 12 in static and 12 of 12 in tcp/);
	const path = join(folder, 'records.ndjson');
	writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"requestedSeconds":220', '"requestedSeconds":400'));
	t.regex(
		await findingNow(),
		/4 of the 4 that still delivered \(of 12\) in adaptive, 4 of the 4 that still delivered \(of 12\) in static and 12 of 12 in tcp/,
	);
	t.regex(await findingNow(), /static: [^.]*stopped before the change, for other reasons: 8/);
});

test('the finding and the marks of a panel speak only of what happened to the variant', async t => {
	const folder = writePlausibleRun(emptyFolder());
	const path = join(folder, 'records.ndjson');
	const changes =
		/^.*"kind":"link\.changed".*"variant":"(static|tcp)".*\n|^.*"variant":"(static|tcp)".*"kind":"link\.changed".*\n/gm;
	const variant = 'static';
	const records = readFileSync(path, 'utf8').replace(changes, line =>
		line.includes(`"variant":"${variant}"`)
			? `${JSON.stringify({kind: 'fault.injected', t: 220.4, variant, repeat: 0, fault: 'stalled', target: 'user'})}\n`
			: '',
	);
	writeFileSync(path, records);
	const data = await readRun(folder);
	const measured = {data, summary: summarise(data)};
	const [lead = ''] = finding(measured).split('. ');
	t.regex(lead, /4 of 12 in adaptive after transit-core went to 200\sMbit\/s at 220\ss/);
	t.regex(lead, /in static after user stood still at 220\.4\ss/);
	t.notRegex(lead, /tcp/);
	const svg = await drawn(deliveringFigure(measured));
	t.deepEqual(
		['→ 200', 'stalled'].map(label => svg.split(label).length - 1),
		[1, 1],
	);
});

test('labels of events that lie close together become one, and a trace of changes has none', t => {
	const event = (atSeconds: number, rate: string) =>
		({kind: 'change', name: '', cause: 'wan', atSeconds, target: 'wan', words: '', label: `→ ${rate}`}) as const;
	const labelsOf = (instants: readonly number[]) => {
		const events = instants.map((atSeconds, index) => event(atSeconds, index % 2 ? '200 Mbit/s' : '1 Mbit/s'));
		const layers = changeMarks({events, y: 1, endSeconds: 6, widthPx: 270}).slice(1);
		return layers.flatMap(({data}) =>
			(data as {values: ReadonlyArray<{label: string}>}).values.map(({label}) => label),
		);
	};
	t.deepEqual(labelsOf([2, 2.5, 3, 3.5]), ['wan\n4 changes']);
	t.deepEqual(labelsOf([0.5, 5.5]), ['wan\n→ 1 Mbit/s', 'wan\n→ 200 Mbit/s']);
	t.deepEqual(labelsOf([0, 1, 2, 3, 4, 5, 6]), []);
});

test('the first table says nothing of chunks where an application that is not ours had none', async t => {
	const summary = summarise(await readRun(writePlausibleRun(emptyFolder())));
	const [variant] = summary.variants;
	if (!variant) {
		return t.fail('nothing was summarised');
	}
	const measure = (name: string, mean: number) => ({
		...variant.measures[0],
		measure: name,
		minimumResolutionRatio: null,
		unit: unitOf(name),
		mean,
	});
	const measures = [
		['flows.errors', 0],
		['chunks.produced', 0],
		['setup.seconds.session', 0.1],
	].map(([name, mean]) => measure(String(name), Number(mean))) as typeof variant.measures;
	const labels = (variants: Parameters<typeof keyMeasuresOf>[0]) => keyMeasuresOf(variants).map(({label}) => label);
	t.true(labels([variant]).includes('Chunks in time'));
	t.false(labels([variant]).includes('Processor time'));
	t.deepEqual(
		['Throughput', 'Processor time', 'Set-up of a session', 'Chunks in time', 'Mean resolution'].map(label =>
			labels([{...variant, measures}]).includes(label),
		),
		[true, true, true, false, false],
	);
});

async function drawn(figure: Figure): Promise<string> {
	return figure.kind === 'drawn' ? await drawSvg(figure.spec(layouts.wide)) : '';
}

test('why a verdict is not valid stands below it, by variant, five reasons at most; the summary names the variant of each', async t => {
	const folder = writePlausibleRun(emptyFolder());
	edit(folder, ({outcomes}) => ({
		verdict: 'invalid',
		outcomes: outcomes.map(outcome => ({
			...outcome,
			verdict: 'invalid',
			reasons: ['lag', 'lateness'].map(what => ({verdict: 'invalid', reason: `${what} of 80 ms`, cause: 'busy'})),
		})),
	}));
	const text = formatTerminalTable(await writeReport(folder), {colour: false});
	t.true(
		text.includes(
			[
				'verdict: invalid',
				'  adaptive:',
				'    - lag of 80 ms',
				'    - lateness of 80 ms',
				'  static:',
				'    - lag of 80 ms',
				'    - lateness of 80 ms',
				'  tcp:',
				'    - lag of 80 ms',
				'  and 1 more in the report\n',
			].join('\n'),
		),
		text,
	);
	t.true(readFileSync(join(folder, 'summary.md'), 'utf8').includes('- tcp: lateness of 80 ms\n'));
});

test('markup is escaped unless it is markup', t => {
	t.is(
		html`<p title="${'"&'}">${'<b>'} ${html`<i>${1}</i>`}${['a', '<']}</p>`.text,
		'<p title="&quot;&amp;">&lt;b&gt; <i>1</i>a&lt;</p>',
	);
});
