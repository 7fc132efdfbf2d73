import {PassThrough} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {LineBytes} from '#core/records/line-bytes.ts';
import {lineEndOf, putRecord} from '#core/records/record-line.ts';
import {RecordLineBatches} from '#core/records/record-lines.ts';
import {runDocumentSchema} from '#core/records/run-document.ts';
import {type RecordBody, type RecordKind, type RecordOf, recordSchema} from '#core/records/schema.ts';

const common = {t: 12.5, variant: 'adaptive', repeat: 0};
const chunk = {...common, stream: 's1', sequence: 3};

/** One record of every kind; the compiler asks for a new kind here. */
const examples: {readonly [Kind in RecordKind]: RecordOf<Kind>} = {
	'run.started': {kind: 'run.started', ...common, seed: 1, timeScale: 0.1, testbed: 'namespaces'},
	'run.phase': {kind: 'run.phase', ...common, t: -3, phase: 'provision', status: 'done', wallSeconds: 0.2},
	'request.arrived': {
		kind: 'request.arrived',
		...common,
		request: 'r1',
		minimumResolutionRatio: 0.8,
		deadlineSeconds: 25,
		durationSeconds: 100,
		budgetUsdPerChunk: 1,
		source: 'source-7',
	},
	'request.accepted': {
		kind: 'request.accepted',
		...common,
		request: 'r1',
		stream: 's1',
		carrier: 's0',
		minimumResolutionRatio: 0.8,
		placement: [{stage: 'window-1', site: 'edge'}],
		reservations: [{link: 'edge-core', bitsPerSecond: 26e6}],
		subscriptions: [{topic: 'stream-1.0.0.raw', broker: 'edge', writer: 'camera', reader: 'edge'}],
		objectiveByteKm: 5e9,
		completionSeconds: 22,
		costUsd: 0.001,
	},
	'flow.ended': {
		kind: 'flow.ended',
		...common,
		stream: 's1',
		application: 'http',
		bytes: 1e6,
		flowSeconds: 2,
		bitsPerSecond: 4e6,
		requestCount: 10,
		errorCount: 0,
		latencyMsP50: 1.5,
		latencyMsP99: 9,
	},
	'session.opened': {
		kind: 'session.opened',
		...common,
		stream: 's1',
		owner: 'owner-1',
		inboundListener: '198.18.0.2:5100',
		outboundListener: '198.18.0.3:5100',
		wholeMs: 40,
		inbound: {reqMs: 20, helloMs: 5, updateMs: 15},
		outbound: {reqMs: 25, helloMs: 5, updateMs: 10},
	},
	'session.closed': {
		kind: 'session.closed',
		...common,
		stream: 's1',
		owner: 'owner-1',
		forwardBytes: 92,
		backwardBytes: 1e6,
		restartCount: 0,
	},
	'session.refused': {kind: 'session.refused', ...common, stream: 's1', owner: 'owner-1', message: 'no port is free'},
	'request.rejected': {
		kind: 'request.rejected',
		...common,
		request: 'r2',
		minimumResolutionRatio: 1,
		reason: 'workers',
		detail: 'core: 0 of 60 workers free, 3 needed',
	},
	'stream.started': {
		kind: 'stream.started',
		...common,
		stream: 's1',
		minimumResolutionRatio: 0.8,
		resolutionRatio: 0.8,
	},
	'stream.rates': {kind: 'stream.rates', ...common, stream: 's1', rates: [{link: 'edge-core', bitsPerSecond: 4e7}]},
	'stream.resolution': {
		kind: 'stream.resolution',
		...common,
		stream: 's1',
		resolutionRatio: 0.85,
		previousResolutionRatio: 0.8,
		diffSeconds: 2.4,
		condition: 'very early',
	},
	'stream.replaced': {
		kind: 'stream.replaced',
		...common,
		stream: 's1',
		reason: 'site edge was lost',
		placement: [{stage: 'window-1', site: 'core'}],
		reservations: [{link: 'edge-core', bitsPerSecond: 26e6}],
		completionSeconds: 22,
		costUsd: 0.001,
		resolutionRatio: 0.8,
	},
	'foreign.sample': {
		kind: 'foreign.sample',
		...common,
		site: 'proxy',
		cpuRatio: 0.2,
		memoryBytes: 3e6,
		answered: true,
		connectMs: 0.3,
		firstByteMs: 1.2,
	},
	'stream.stopped': {kind: 'stream.stopped', ...common, stream: 's1', reason: '3 deadlines missed in a row'},
	'stream.completed': {kind: 'stream.completed', ...common, stream: 's1'},
	'chunk.produced': {kind: 'chunk.produced', ...chunk, plannedSeconds: 12, sentSeconds: 12.001, bytes: 10_000_000},
	'chunk.delivered': {
		kind: 'chunk.delivered',
		...chunk,
		bytes: 6_400_000,
		resolutionRatio: 0.8,
		latencySeconds: 22.1,
		transitSeconds: 22,
		diffSeconds: -0.5,
		reordered: false,
		sharedByCount: 3,
	},
	'chunk.late': {kind: 'chunk.late', ...chunk, latenessSeconds: 0.5},
	'chunk.duplicate': {kind: 'chunk.duplicate', ...chunk},
	'chunk.lost': {kind: 'chunk.lost', ...chunk, reason: 'stream-stopped'},
	'chunk.corrupt': {kind: 'chunk.corrupt', ...chunk},
	'link.changed': {
		kind: 'link.changed',
		...common,
		link: 'edge-core',
		rateBitsPerSecond: 2e8,
		requestedSeconds: 220,
		appliedSeconds: 220.01,
		observedSeconds: 220.02,
	},
	'link.sample': {
		kind: 'link.sample',
		...common,
		link: 'edge-core',
		from: 'edge',
		capacityBitsPerSecond: 2e8,
		bitsPerSecond: 1.9e8,
		droppedCount: 0,
		backlogBytes: 4096,
	},
	'site.sample': {
		kind: 'site.sample',
		...common,
		site: 'edge',
		workersBusy: 2,
		workersReserved: 3,
		workers: 10,
		cpuRatio: 1.4,
		eventLoopLagMsP99: 1.5,
		bufferedBytes: 0,
	},
	'link.measured': {
		kind: 'link.measured',
		...common,
		link: 'edge-core',
		from: 'edge',
		source: 'probe',
		bitsPerSecond: 2e8,
		lowBitsPerSecond: 1.98e8,
		highBitsPerSecond: 2.02e8,
		windowCount: 4,
		bytes: 700_000,
		shareRatio: 0.009,
	},
	'link.detected': {
		kind: 'link.detected',
		...common,
		link: 'edge-core',
		from: 'edge',
		bitsPerSecond: 2e8,
		previousBitsPerSecond: 7e8,
		detectionSeconds: 21,
	},
	'node.joined': {
		kind: 'node.joined',
		...common,
		site: 'edge',
		program: 'site-node',
		node: 'edge',
		broker: 'edge',
		links: [{link: 'edge-core', bitsPerSecond: 7e8, lowBitsPerSecond: 6.9e8, highBitsPerSecond: 7.1e8}],
	},
	'node.left': {kind: 'node.left', ...common, site: 'edge', reason: 'killed by SIGKILL'},
	'fault.injected': {kind: 'fault.injected', ...common, fault: 'workers', target: 'edge', workers: 3},
	'fidelity.sample': {kind: 'fidelity.sample', ...common, cpuPressureRatio: 0.2, harnessLagMsP99: 3},
	'run.ended': {kind: 'run.ended', ...common, outcome: 'failed', reason: 'edge ended'},
};

/** A kernel that does not tell of pressure. */
const nullableKeys = new Set(['cpuPressureRatio']);
const optionalKeys = new Set([
	'wallSeconds',
	'request.arrived/source',
	'carrier',
	'sharedByCount',
	'stream.resolution/diffSeconds',
	'subscriptions',
	'run.ended/reason',
	'link.measured/bytes',
	'link.measured/shareRatio',
	'link.detected/detectionSeconds',
	'foreign.sample/answered',
	'foreign.sample/connectMs',
	'foreign.sample/firstByteMs',
	'node.joined/node',
	'node.joined/broker',
	'node.joined/links',
	'fault.injected/workers',
	'flow.ended/requestCount',
	'flow.ended/latencyMsP50',
	'flow.ended/latencyMsP99',
]);

for (const [kind, example] of Object.entries(examples)) {
	test(`a record ${kind} survives the way through a file, and no key of it can be missing, unknown or of another type`, t => {
		t.deepEqual(recordSchema.parse(JSON.parse(JSON.stringify(example))), example);
		t.false(recordSchema.safeParse({...example, colour: 'red'}).success, 'an unknown key');
		for (const key of Object.keys(example)) {
			const {[key as keyof typeof example]: _, ...rest} = example;
			const optional = optionalKeys.has(key) || optionalKeys.has(`${kind}/${key}`);
			t.is(recordSchema.safeParse(rest).success, optional, `without ${key}`);
			t.is(recordSchema.safeParse({...example, [key]: null}).success, nullableKeys.has(key), `${key} is null`);
		}
	});
}

test('the line of a record is its JSON, whatever its kind and its letters', t => {
	const strange = {...examples['chunk.produced'], stream: 'größe "1"\n'};
	const late = {...examples['chunk.delivered'], reordered: true};
	const detected = {
		...examples['chunk.delivered'],
		detections: {frameIndex: 1, targetCount: 2, boxCount: 3, matchedCount: 2},
	};
	for (const {variant, repeat, ...body} of [...Object.values(examples), strange, detected, late]) {
		const bytes = new LineBytes(1);
		putRecord(bytes, body as RecordBody, lineEndOf({variant, repeat}));
		const line = Buffer.from(bytes.take()).toString();
		t.deepEqual(JSON.parse(line), {...body, variant, repeat});
		t.is(line.indexOf('\n'), line.length - 1);
	}
	const batches: string[] = [];
	const lines = new RecordLineBatches({variant: 'größer', repeat: 2}, ({bytes}) =>
		batches.push(Buffer.from(bytes).toString()),
	);
	const many = Array.from({length: 2000}, (_, sequence) => ({
		...examples['request.rejected'],
		detail: `${'ü'.repeat(sequence)}`,
	}));
	for (const {variant: _, repeat: __, ...body} of many) {
		lines.add(body);
	}
	lines.flush();
	t.true(batches.length > 2, `${batches.length} batches`);
	t.deepEqual(
		batches
			.join('')
			.trimEnd()
			.split('\n')
			.map(line => JSON.parse(line) as unknown),
		many.map(record => ({...record, variant: 'größer', repeat: 2})),
	);
});

test('numbers and strings become the bytes that JSON.stringify gives, to the last digit', t => {
	const key = Buffer.from('');
	const bytes = new LineBytes(1);
	const numberLine = (value: number) => {
		bytes.number(key, value);
		return Buffer.from(bytes.take()).toString();
	};
	const neighbours = (value: number) => [value * (1 - Number.EPSILON), value, value * (1 + Number.EPSILON)];
	const edges = Array.from({length: 40}, (_, index) => index - 20).flatMap(index => [10 ** index, 2 ** index]);
	const digits = [0.3, 1 / 3, 2 / 3, 9.007199254740993, 9.999999999999998, 1985.4, 1e21, 1e300, 5e-324, -(2 ** 31)];
	for (const value of [...edges, ...digits].flatMap(neighbours).flatMap(one => [one, -one])) {
		t.is(numberLine(value), JSON.stringify(value));
	}
	const drawnSeconds = fc.tuple(fc.integer({min: 0, max: 1e10}), fc.integer({min: 0, max: 40_000}));
	const quotients = fc.tuple(fc.integer({min: -1e12, max: 1e12}), fc.integer({min: 1, max: 1e9}));
	// Their decimals end in the middle between two of 17 digits.
	const middles = fc.integer({min: 2 ** 36, max: 2 ** 38}).map(count => count / 512);
	// The last eight of 17 digits are near to their carry.
	const carries = fc
		.tuple(fc.integer({min: 1e8, max: 1e9 - 1}), fc.integer({min: -12, max: 12}), fc.integer({min: 8, max: 20}))
		.map(([head, tail, placeCount]) => Number(`${BigInt(head) * 100_000_000n + BigInt(tail)}e-${placeCount}`));
	const numbers = fc.oneof(
		middles,
		carries,
		fc.double(),
		fc.double({min: -1e5, max: 1e5}),
		fc.double({min: 1e-6, max: 1}),
		fc.integer(),
		drawnSeconds.map(([ns, count]) => ns / 1e9 + 10 * count),
		quotients.map(([dividend, divisor]) => dividend / divisor),
	);
	fc.assert(
		fc.property(numbers, value => numberLine(value) === JSON.stringify(value)),
		{numRuns: 8000, seed: 1},
	);
	const together = [0.1, 0.1, 12.5, 12.5, 7, 7, -0, 0, 0.1];
	for (const value of together) {
		bytes.number(key, value);
	}
	t.is(Buffer.from(bytes.take()).toString(), together.map(value => JSON.stringify(value)).join(''));
	fc.assert(
		fc.property(fc.oneof(fc.string({unit: 'binary'}), fc.string()), value => {
			bytes.string(key, value);
			return Buffer.from(bytes.take()).toString() === JSON.stringify(value);
		}),
		{numRuns: 1000, seed: 1},
	);
});

test('a record with a ratio above 1, a negative size, half a chunk or no number at all is refused', t => {
	const delivered = examples['chunk.delivered'];
	for (const change of [
		{resolutionRatio: 1.01},
		{resolutionRatio: -0.1},
		{bytes: -1},
		{bytes: 0.5},
		{sequence: 1.5},
		{t: Number.NaN},
		{latencySeconds: Number.POSITIVE_INFINITY},
		{kind: 'chunk.eaten'},
	]) {
		t.false(recordSchema.safeParse({...delivered, ...change}).success, JSON.stringify(change));
	}
});

test('run.json of a run that is under way is read, and one with a key too many is refused', t => {
	const document = {
		format: 1,
		runId: '20300101-120000-a1b2',
		scenario: 'quickstart',
		scenarioPath: 'scenarios/quickstart.yaml',
		scenarioSha256: '0'.repeat(64),
		title: 'A run',
		testbed: 'namespaces',
		seed: 1,
		repeats: 1,
		timeScale: 0.1,
		variants: ['adaptive'],
		startedAt: '2030-01-01T12:00:00.000Z',
		status: 'running',
		outcomes: [],
		provenance: {
			streambed: '0.1.0',
			commit: null,
			command: ['run', 'scenarios/quickstart.yaml'],
			host: 'lab',
			user: 'ada',
			rootless: true,
			kernel: 'Linux 6.1',
			cpu: 'a processor',
			cpuCount: 2,
			memoryBytes: 8e9,
			tools: {tc: '6.1.0'},
			tcp: {rmem: '4096 131072 6291456'},
		},
	};
	t.deepEqual<unknown, unknown>(runDocumentSchema.parse(document), document);
	t.false(runDocumentSchema.safeParse({...document, mood: 'good'}).success);
	t.false(runDocumentSchema.safeParse({...document, format: 2}).success);
	t.false(runDocumentSchema.safeParse({...document, verdict: 'fine'}).success);
});

/** Reads bytes that arrive in pieces of the given sizes, to their end. */
async function readPieces(bytes: Buffer, pieceBytes: readonly number[]) {
	const stream = new PassThrough();
	const messages: unknown[] = [];
	const garbage: string[] = [];
	const ended = new Promise<void>(resolve => {
		readJsonLines(stream, message => messages.push(message), {onEnd: resolve, onGarbage: line => garbage.push(line)});
	});
	let offset = 0;
	for (let index = 0; offset < bytes.length; index++) {
		const size = pieceBytes[index % pieceBytes.length] ?? 1;
		stream.write(bytes.subarray(offset, offset + size));
		offset += size;
	}
	stream.end();
	await ended;
	return {messages, garbage};
}

test('messages arrive whole and in order, wherever the bytes are cut', async t => {
	const property = fc.asyncProperty(
		fc.array(fc.jsonValue({stringUnit: 'grapheme'}), {maxLength: 10}),
		fc.array(fc.integer({min: 1, max: 7}), {minLength: 1, maxLength: 5}),
		async (values, pieceBytes) => {
			const written = new PassThrough();
			for (const value of values) {
				writeJsonLine(written, value);
			}
			written.end();
			const bytes = Buffer.concat(await written.toArray());
			const {messages, garbage} = await readPieces(bytes, pieceBytes);
			t.deepEqual(messages, JSON.parse(JSON.stringify(values)));
			t.deepEqual(garbage, []);
		},
	);
	await t.notThrowsAsync(fc.assert(property));
});

test('a line that is no JSON is handed over as it is, and the next one is read', async t => {
	const {messages, garbage} = await readPieces(Buffer.from('{"a":1}\nnode: warning, größer\n\n{"b":2}\n'), [1]);
	t.deepEqual(messages, [{a: 1}, {b: 2}]);
	t.deepEqual(garbage, ['node: warning, größer']);
});

test('a last line that a crash cut short is no message', async t => {
	const {messages, garbage} = await readPieces(Buffer.from('{"a":1}\n{"b":'), [4]);
	t.deepEqual(messages, [{a: 1}]);
	t.deepEqual(garbage, []);
});
