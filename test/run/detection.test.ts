import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import anyTest from 'ava';
import {packageRoot} from '#core/package-root.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {loadScenario, parseScenario} from '#core/scenario/load.ts';
import {deniedNamespaces} from '#netem/user-namespaces.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import {type Summary, summarySchema} from '#reports/summary-schema.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {CliProcess} from '../support/cli-process.ts';
import {ofKind} from '../support/of-kind.ts';

const path = join(packageRoot, 'scenarios/detection/stages.yaml');
const scenarioOf = (set: readonly string[] = []) => {
	const [first] = loadScenario(path, {set}).variants;
	if (!first) {
		throw new Error('the scenario has no variant');
	}
	return first.scenario;
};

const denied = await deniedNamespaces();
if (denied) {
	process.stderr.write(`skipped, the real run: ${denied.reason}; ${denied.remedy}\n`);
}
const test = anyTest.serial;
const realTest = denied ? test.skip : test;

// Wide limits of the verdict: this runs beside other tests.
const settings = [
	'timing.drive=15s',
	'timing.drain=12s',
	'timing.calibrate=100ms',
	'fidelity.rateErrorRatio=0.25',
	'fidelity.delayErrorMs=50',
	'fidelity.generatorLatenessMsP99=1000',
	'fidelity.eventLoopLagMsP99=1000',
	'fidelity.cpuPressureRatio=1',
];

realTest('stages that do their work deliver boxes, and fewer targets are found at lower resolution', async t => {
	await using cli = new CliProcess(['run', path, ...settings.flatMap(setting => ['--set', setting])]);
	t.is((await cli.ended).exitCode, 0, cli.stderr);
	const records = cli.records();
	const {stages} = scenarioOf().workload;
	const {sites} = scenarioOf().topology;
	const accepted = ofKind(records, 'request.accepted');
	t.is(accepted.length, 6);
	const siteCounts = accepted.map(({placement}) => new Set(placement.map(({site}) => site)).size);
	t.true(Math.max(...siteCounts) > 1, 'what stages give each other crosses a link in one stream at least');

	const delivered = ofKind(records, 'chunk.delivered');
	t.true(delivered.length >= 20, `${delivered.length} chunks`);
	for (const {stream, bytes, detections, latencySeconds} of delivered) {
		t.is(detections?.targetCount, 16);
		t.true(bytes < 5000, `a list of boxes has ${bytes} bytes, expected < 5000`);
		const placement = accepted.find(one => one.stream === stream)?.placement ?? [];
		const serviceSeconds = placement.reduce((sum, {site}, index) => {
			const at = sites[site];
			return sum + (stages[index]?.serviceSeconds ?? 0) / (at?.role === 'compute' ? at.speed : Number.NaN);
		}, 0);
		t.true(
			latencySeconds > serviceSeconds,
			`${stream}: a latency of ${latencySeconds} s, expected more than the ${serviceSeconds} s of its services`,
		);
	}

	const summary = summarySchema.parse(JSON.parse(readFileSync(join(cli.runFolder, 'summary.json'), 'utf8')));
	const recall = [1, 0.6, 0.3].map(ratio => measure(summary, 'detections.recallRatio', ratio));
	const [full = 0, middle = 0, low = 0] = recall;
	t.true(full > 0.8, `found at full resolution: ${full}, expected > 0.8`);
	t.true(full > middle && middle > low, `found at 1, 0.6 and 0.3: ${recall.join(', ')}, expected to fall`);
	t.true(measure(summary, 'detections.precisionRatio', null) > 0.8);
	t.true(existsSync(join(cli.runFolder, 'figures/detections.svg')));
	t.true(readFileSync(join(cli.runFolder, 'report.html'), 'utf8').includes('Targets found: '));
});

function measure({variants}: Summary, name: string, ratio: number | null): number {
	const found = variants[0]?.measures.find(one => one.measure === name && one.minimumResolutionRatio === ratio);
	return found?.mean ?? Number.NaN;
}

test('a simulation takes the sizes and times of the stages as data, and says nothing of detections', async t => {
	const scenario = scenarioOf(['timing.drive=30s']);
	const records: RecordBody[] = [];
	const signal = new AbortController().signal;
	const end = await simulateVariant({scenario, seed: 1, emit: record => records.push(record), signal});
	t.is(end.outcome, 'completed');
	const [, , windows] = scenario.workload.stages;
	const bytes = windows?.output.kind === 'fixed' ? windows.output.bytes : Number.NaN;
	const delivered = records.filter(record => record.kind === 'chunk.delivered');
	t.true(delivered.length > 40);
	t.deepEqual(
		delivered.filter(record => record.bytes !== bytes || record.detections !== undefined),
		[],
	);
});

test('the brain reckons with what each stage gives out, where it stands', t => {
	const scenario = scenarioOf(['stack.placementSites=[edge, core]', 'topology.sites.edge.workers=2']);
	const request = {
		request: 'r1',
		atSeconds: 0,
		durationSeconds: 60,
		minimumResolutionRatio: 0.5,
		deadlineSeconds: 3,
		budgetUsdPerChunk: 1,
	};
	const [answer] = createBrain(scenario).handle({kind: 'request.arrived', t: 0, request});
	if (answer?.kind !== 'accept') {
		t.fail(JSON.stringify(answer));
		return;
	}
	const sites = answer.placement.map(({site}) => site);
	const {stages} = scenario.workload;
	const imageBytes = scenario.workload.chunk.bytes * 0.5 ** 2;
	const outputBytes = (count: number) => {
		const output = stages[count - 1]?.output;
		return output?.kind === 'fixed' ? output.bytes : imageBytes * (output?.ratio ?? Number.NaN);
	};
	const atEdgeCount = sites.filter(site => site === 'edge').length;
	t.deepEqual(
		answer.hopBytes.map(Math.round),
		[
			scenario.workload.chunk.bytes,
			atEdgeCount === 0 ? scenario.workload.chunk.bytes : outputBytes(atEdgeCount),
			atEdgeCount === 0 ? scenario.workload.chunk.bytes : outputBytes(atEdgeCount),
			outputBytes(3),
		].map(Math.round),
	);
	t.is(atEdgeCount, 2, 'two workers at the edge: features leave it, which are smaller than the pyramid');
});

const mistakes: ReadonlyArray<{
	readonly set: readonly string[];
	readonly line: RegExp;
	readonly says: RegExp;
}> = [
	{set: ['timeScale=0.5'], line: /timeScale/, says: /need time scale 1, not 0\.5/},
	{
		set: ['topology.sites.core.speed=2'],
		line: /topology\.sites\.core\.speed/,
		says: /cannot be faster than this machine/,
	},
	{
		set: ['workload.stages.windows.name=shrink'],
		line: /workload\.stages\.2\.name/,
		says: /no real work is known for shrink/,
	},
	{
		set: ['workload.stages.pyramid.work=emulated'],
		line: /workload\.stages\.1\.name/,
		says: /pyramid, gradients, windows/,
	},
	{set: ['workload.stages.windows.output=50%'], line: /workload\.stages\.2/, says: /output or outputFixed, not both/},
	{set: ['workload.frames.targets.radius=[3%, 1%]'], line: /workload\.frames\.targets\.radius/, says: /least radius/},
];

for (const {set, line, says} of mistakes) {
	test(`${set.join(' ')} is refused with its place and its reason`, t => {
		const text = readFileSync(path, 'utf8');
		const error = t.throws(() => parseScenario(text, 'stages.yaml', {set}), {code: 'SCENARIO_INVALID'});
		const told = error.message.split('\n').filter(one => line.test(one) && says.test(one));
		t.true(told.length > 0, error.message);
	});
}
