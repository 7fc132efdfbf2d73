import test from 'ava';
import {z} from 'zod';
import {scenarioSchema} from '#core/scenario/schema.ts';

type Json = Record<string, unknown>;

/** The least that makes a scenario, with some of it replaced. */
function scenario(changes: Json = {}): Json {
	return {
		streambed: 1,
		title: 'Two sites and a link',
		topology: {
			sites: {camera: {role: 'producer'}, user: {role: 'consumer'}},
			links: [{name: 'wire', between: ['camera', 'user'], rate: '100Mbit/s'}],
		},
		workload: {stages: [], requests: [{}]},
		...changes,
	};
}

const withLink = (changes: Json): Json =>
	scenario({
		topology: {
			sites: {camera: {role: 'producer'}, user: {role: 'consumer'}},
			links: [{name: 'wire', between: ['camera', 'user'], rate: '100Mbit/s', ...changes}],
		},
	});

/** What the schema says against a value, as `path: message` lines. */
function complaints(value: unknown): string[] {
	const result = scenarioSchema.safeParse(value);
	return result.success ? [] : result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`);
}

test('what a scenario leaves out comes from the schema', t => {
	const {stack, workload, timing, timeScale, seed, topology} = scenarioSchema.parse(scenario());
	t.like(
		{stack, timeScale, seed},
		{stack: {policy: 'adaptive', sharing: 'reserved', sliceBytes: 32_000}, timeScale: 1, seed: 1},
	);
	t.deepEqual(workload.chunk, {bytes: 10_000_000, everySeconds: 10});
	t.like(workload.requests[0], {minimumResolutionRatio: 1, deadlineSeconds: 25, durationSeconds: 'until-end'});
	t.like(timing, {driveSeconds: 600, warmUpSeconds: 5, drainSeconds: 60, calibrateSeconds: 0.4});
	t.like(topology.links[0], {rateBitsPerSecond: 100e6, delaySeconds: 0, distanceKm: 0, usdPerByte: 0.09 / 1e9});
});

test('the default quality rules are Table I of zamani2018, in its order', t => {
	const {steps, missesBeforeStop} = scenarioSchema.parse(scenario()).stack.quality;
	t.is(missesBeforeStop, 3);
	t.deepEqual(
		steps.map(step => [step.boundSeconds, step.boundIncluded, step.changeRatio]),
		[
			[2, false, 0.05],
			[1, false, 0.02],
			[0, true, 0],
			[-1, true, -0.05],
			[null, false, -0.1],
		],
	);
});

const bareNumbers: ReadonlyArray<{path: string; value: Json}> = [
	{path: 'topology.links.0.rate', value: withLink({rate: 100})},
	{path: 'topology.links.0.delay', value: withLink({delay: 5})},
	{path: 'topology.links.0.distance', value: withLink({distance: '500'})},
	{path: 'workload.chunk.bytes', value: scenario({workload: {chunk: {bytes: 10_000_000}, requests: [{}]}})},
	{path: 'workload.requests.0.minimumResolution', value: scenario({workload: {requests: [{minimumResolution: 0.8}]}})},
	{path: 'workload.requests.0.deadline', value: scenario({workload: {requests: [{deadline: 25}]}})},
	{path: 'timing.drive', value: scenario({timing: {drive: 600}})},
	{path: 'stack.slice', value: scenario({stack: {slice: 32_000}})},
	{path: 'timeline.0.at', value: scenario({timeline: [{at: 220, link: 'wire', rate: '1Mbit/s'}]})},
];

for (const {path, value} of bareNumbers) {
	test(`a bare number in ${path} is refused with an example of what to write`, t => {
		const found = complaints(value);
		t.is(found.length, 1, found.join('\n'));
		t.regex(
			found[0] ?? '',
			new RegExp(`^${path.replaceAll('.', '\\.')}: .* has no unit; write for example \\d+\\S+ \\(units: `),
		);
	});
}

test('an unknown key is refused wherever it stands, by its name', t => {
	for (const value of [
		scenario({colour: 'red'}),
		withLink({colour: 'red'}),
		scenario({stack: {colour: 'red'}}),
		scenario({stack: {quality: {colour: 'red'}}}),
		scenario({timing: {colour: 'red'}}),
		scenario({workload: {requests: [{colour: 'red'}]}}),
		scenario({workload: {chunk: {colour: 'red'}, requests: [{}]}}),
		scenario({limits: {colour: 'red'}}),
	]) {
		const found = complaints(value);
		t.is(found.length, 1, found.join('\n'));
		t.regex(found[0] ?? '', /colour/);
	}
});

test('a rate that is negative, zero or above what the kernel takes is refused, never clamped', t => {
	t.deepEqual(complaints(withLink({rate: '-5Mbit/s'})), [
		'topology.links.0.rate: -5Mbit/s is negative; a rate is 64kbit/s or more',
	]);
	t.regex(complaints(withLink({rate: '0Mbit/s'})).join(), /0Mbit\/s is out of range: a rate here is 64kbit\/s or more/);
	t.regex(
		complaints(withLink({rate: '900Gbit/s'})).join(),
		/900Gbit\/s is out of range: a rate here is 40Gbit\/s or less/,
	);
});

test('a time scale of 0 or less is refused', t => {
	for (const timeScale of [0, -0.1]) {
		t.deepEqual(complaints(scenario({timeScale})), [
			'timeScale: a time scale is more than 0: 0.1 packs ten seconds into one',
		]);
	}
});

test('all faults of a scenario come at once, each with its path', t => {
	const found = complaints({...withLink({rate: 5, delay: '5'}), timeScale: 0, colour: 'red', streambed: 2});
	t.deepEqual(found.map(line => line.split(':')[0]).sort(), [
		'',
		'streambed',
		'timeScale',
		'topology.links.0.delay',
		'topology.links.0.rate',
	]);
});

test('a name that a kernel or a file system could misread is refused', t => {
	for (const name of ['Wire', 'a b', '-wire', '1wire', 'a/b', '', 'w'.repeat(32), 'größe']) {
		t.is(complaints(withLink({name})).length, 1, name);
	}
});

test('an expectation without a bound, and a quality row with two, are refused', t => {
	t.regex(complaints(scenario({expect: [{measure: 'acceptanceRatio'}]})).join(), /equals, atLeast, atMost/);
	const row = {condition: 'early', above: '1s', from: '1s', points: 2};
	t.regex(complaints(scenario({stack: {quality: {steps: [row]}}})).join(), /`above` or `from`, not both/);
});

test('the schema can be published as JSON Schema for editors', t => {
	const published = z.toJSONSchema(scenarioSchema, {io: 'input'});
	t.is(published.additionalProperties, false);
	t.deepEqual(published.required?.toSorted(), ['streambed', 'title', 'topology', 'workload']);
});
