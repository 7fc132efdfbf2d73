import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {BufferBudget} from '#proxies/transports/buffer-budget.ts';
import {type Chunk, chunkEncodings} from '#proxies/transports/chunk.ts';
import {ChunkAssembler} from '#proxies/transports/chunk-assembler.ts';
import {
	type ChunkHeader,
	chunkHeaderBytes,
	decodeChunkHeader,
	encodeChunkHeader,
} from '#proxies/transports/chunk-header.ts';
import {isIntact} from '#proxies/transports/content-hash.ts';
import {
	afterIdle,
	idleCreditSeconds,
	pacingBurstSeconds,
	paidOff,
	secondsUntilSettled,
} from '#proxies/transports/pacing-debt.ts';
import {SliceInlet} from '#proxies/transports/slice-inlet.ts';
import {sliceCount, sliceOf} from '#proxies/transports/slices.ts';
import {StreamPacer} from '#proxies/transports/stream-pacer.ts';
import type {Slice} from '#proxies/transports/transport.ts';
import {loadTransport} from '#proxies/transports/transports.ts';
import {zeromq} from '#proxies/transports/zeromq.ts';
import {makeChunk} from '../support/data-plane.ts';
import {freeEndpoint} from '../support/free-endpoint.ts';

const u32 = fc.integer({min: 0, max: 0xffff_ffff});
const seconds = fc.double({noNaN: true});

const anyHeader: fc.Arbitrary<ChunkHeader> = fc.record({
	encoding: fc.constantFrom(...chunkEncodings),
	streamIndex: u32,
	sequence: u32,
	sliceIndex: u32,
	sliceCount: u32,
	offsetBytes: u32,
	chunkBytes: u32,
	width: u32,
	height: u32,
	resolutionRatio: fc.double({min: 0, max: 1, noNaN: true}),
	plannedSeconds: seconds,
	sentSeconds: seconds,
	contentHash: fc.uint8Array({minLength: 16, maxLength: 16}).map(bytes => Buffer.from(bytes)),
});

test('a chunk header comes out of its bytes as it went in', t => {
	fc.assert(
		fc.property(anyHeader, header => {
			const encoded = encodeChunkHeader(header);
			t.is(encoded.length, chunkHeaderBytes);
			t.deepEqual(decodeChunkHeader(encoded), header);
		}),
	);
});

test('bytes that are no header of ours are refused', t => {
	const [{header}] = slicesOf(makeChunk()) as [Slice];
	for (const at of [0, 2, 3]) {
		const foreign = Buffer.from(header);
		foreign.writeUInt8(0xee, at);
		t.throws(() => decodeChunkHeader(foreign), {instanceOf: StreambedError, code: 'NOT_VALID'});
	}
	t.throws(() => decodeChunkHeader(header.subarray(1)), {code: 'NOT_VALID'});
});

function slicesOf(chunk: Chunk, sliceBytes = 32_000): readonly Slice[] {
	const count = sliceCount({chunkBytes: chunk.content.length, sliceBytes});
	return Array.from({length: count}, (_, sliceIndex) => sliceOf(chunk, {sliceIndex, sliceBytes}));
}

function makeAssembler(limitBytes = 10_000_000) {
	const budget = new BufferBudget(limitBytes);
	const incomplete: number[] = [];
	const assembler = new ChunkAssembler({budget, onIncomplete: ({sequence}) => incomplete.push(sequence)});
	const add = ({header, payload}: Slice) => assembler.add(decodeChunkHeader(header), payload);
	return {assembler, budget, incomplete, add};
}

test('a chunk comes out of its slices as it went in, whatever their size and order', t => {
	fc.assert(
		fc.property(
			fc.integer({min: 1, max: 60}),
			fc.integer({min: 1, max: 4000}),
			fc.infiniteStream(fc.integer({min: 0, max: 1_000_000})),
			(side, sliceBytes, order) => {
				const {add, budget} = makeAssembler();
				const chunk = makeChunk({side});
				const shuffled = slicesOf(chunk, sliceBytes)
					.map(slice => ({slice, place: order.next().value as number}))
					.sort((a, b) => a.place - b.place);
				const assemblies = shuffled.map(({slice}) => add(slice));
				t.true(assemblies.slice(0, -1).every(({kind}) => kind === 'partial'));
				t.deepEqual(assemblies.at(-1), {kind: 'whole', chunk});
				t.is(budget.takenBytes, side * side);
			},
		),
		{numRuns: 60},
	);
});

test('the assembler tells duplicate, missing and misfitting slices, and holds a bounded number of chunks', t => {
	const {add, budget, incomplete, assembler} = makeAssembler();
	const chunks = [0, 1, 2, 3, 4].map(sequence => slicesOf(makeChunk({sequence})));
	const [firstSlice, secondSlice] = chunks[0] as [Slice, Slice];
	t.is(add(firstSlice).kind, 'partial');
	t.is(add(firstSlice).kind, 'duplicate-slice');
	for (const [slice] of chunks.slice(1)) {
		add(slice as Slice);
	}
	t.deepEqual(incomplete, [0], 'the oldest gave way');
	t.is(budget.takenBytes, 4 * 160_000);
	const lying = encodeChunkHeader({...decodeChunkHeader(secondSlice.header), sequence: 4, offsetBytes: 159_000});
	t.is(add({header: lying, payload: secondSlice.payload}).kind, 'misfit');
	t.is(budget.takenBytes, 3 * 160_000);
	assembler.close(1);
	t.is(budget.takenBytes, 0);
});

test('a chunk that is more than the site may hold is refused with the numbers', t => {
	const {add} = makeAssembler(200_000);
	add((slicesOf(makeChunk({sequence: 0})) as [Slice])[0]);
	t.throws(() => add((slicesOf(makeChunk({sequence: 1})) as [Slice])[0]), {
		code: 'LIMIT_REACHED',
		message: /160000 bytes more.*beside 160000.*limit is 200000/,
	});
});

test('one changed bit anywhere is seen by the content hash', t => {
	const chunk = makeChunk({side: 100});
	t.true(isIntact(chunk));
	fc.assert(
		fc.property(fc.integer({min: 0, max: 100 * 100 * 8 - 1}), bit => {
			const content = Buffer.from(chunk.content);
			const at = Math.floor(bit / 8);
			content.writeUInt8(content.readUInt8(at) ^ (1 << (bit % 8)), at);
			return !isIntact({...chunk, content});
		}),
	);
	t.false(isIntact({...chunk, content: chunk.content.subarray(1)}));
});

test('a pacing debt is paid at the rate, is priced anew when the rate changes, and gives a bounded credit', t => {
	const owed = {owedBytes: 10_000, atNs: 0n};
	t.is(secondsUntilSettled(owed, 8e6), 0.01);
	const half = paidOff(owed, {nowNs: 5_000_000n, bitsPerSecond: 8e6});
	t.deepEqual(half, {owedBytes: 5000, atNs: 5_000_000n});
	t.is(secondsUntilSettled(half, 4e6), 0.01);
	const idle = paidOff(half, {nowNs: 60_000_000_000n, bitsPerSecond: 8e6});
	t.is(idle.owedBytes, -1e6 * pacingBurstSeconds);
	t.is(secondsUntilSettled(idle, 8e6), 0);
	t.is(afterIdle(idle, 8e6).owedBytes, -1e6 * idleCreditSeconds);
	t.deepEqual(afterIdle(owed, 8e6), owed);
	t.throws(() => secondsUntilSettled(owed, 0), {message: /paced at rate 0/});
});

/** Time that moves only when the test says so. */
function virtualClock(): Clock & {advance(seconds: number): Promise<void>} {
	let nowNs = 0n;
	const timers = new Set<{readonly atNs: bigint; readonly callback: () => void}>();
	return {
		...realClock,
		nowNs: () => nowNs,
		after(delaySeconds, callback) {
			const timer = {atNs: nowNs + BigInt(Math.ceil(delaySeconds * 1e9)), callback};
			timers.add(timer);
			return () => timers.delete(timer);
		},
		async advance(delaySeconds) {
			nowNs += BigInt(Math.round(delaySeconds * 1e9));
			for (const timer of timers) {
				if (timer.atNs <= nowNs && timers.delete(timer)) {
					timer.callback();
				}
			}
			await setImmediate();
		},
	};
}

test('a sender that is woken late catches up, and keeps its rate over a second', async t => {
	const clock = virtualClock();
	const pacer = new StreamPacer({clock, bitsPerSecond: 8e6});
	const signal = AbortSignal.timeout(20_000);
	let sentBytes = 0;
	const over = new AbortController();
	const sending = (async () => {
		while (!over.signal.aborted) {
			await pacer.settled(signal);
			pacer.owe(2500);
			sentBytes += 2500;
		}
	})();
	for (let tick = 0; tick < 250; tick++) {
		// Timers notice up to 4 ms late, where a slice takes 2.5 ms.
		await clock.advance(0.004);
	}
	over.abort();
	await clock.advance(1);
	await sending;
	t.true(Math.abs(sentBytes - 1e6) <= 8000, `sent ${sentBytes} bytes in 1 s at 1,000,000 ± 8000 bytes/s`);
});

test('a waiting sender feels a new rate at once, and an abort', async t => {
	const clock = virtualClock();
	const pacer = new StreamPacer({clock, bitsPerSecond: 8e3});
	const aborter = new AbortController();
	pacer.owe(10_000);
	let isSettled = false;
	const settled = pacer.settled(aborter.signal).then(() => {
		isSettled = true;
	});
	await clock.advance(1);
	t.false(isSettled);
	pacer.setRate(8e6);
	await clock.advance(0.0089);
	t.false(isSettled, '9,000 bytes take 9 ms at the new rate');
	await clock.advance(0.0002);
	await settled;
	pacer.owe(1e9);
	const waiting = pacer.settled(aborter.signal);
	aborter.abort();
	await t.throwsAsync(waiting, {name: 'AbortError'});
});

test('ZeroMQ carries slices of several senders to one receiver, each sender’s in order', async t => {
	const endpoint = await freeEndpoint();
	await using receiver = await zeromq.listen({endpoint});
	const chunks = [1, 2, 3].map(streamIndex => makeChunk({streamIndex}));
	await using senders = new AsyncDisposableStack();
	const sent = chunks.map(async chunk => {
		const sender = senders.use(await zeromq.connect({endpoint}));
		for (const slice of slicesOf(chunk, 1000)) {
			await sender.send(slice);
		}
	});
	const {add} = makeAssembler();
	const whole: Chunk[] = [];
	const nextSliceIndexes = new Map<number, number>();
	for await (const slice of receiver) {
		const {streamIndex, sliceIndex} = decodeChunkHeader(slice.header);
		t.is(sliceIndex, nextSliceIndexes.get(streamIndex) ?? 0);
		nextSliceIndexes.set(streamIndex, sliceIndex + 1);
		const assembly = add(slice);
		if (assembly.kind === 'whole') {
			whole.push(assembly.chunk);
		}
		if (whole.length === chunks.length) {
			break;
		}
	}
	await Promise.all(sent);
	t.deepEqual(
		whole.sort((a, b) => a.streamIndex - b.streamIndex),
		chunks,
	);
});

test('a receiver that stalls is felt by its sender, whose pending send ends when it is disposed of', async t => {
	const endpoint = await freeEndpoint();
	await using _receiver = await zeromq.listen({endpoint});
	const sender = await zeromq.connect({endpoint});
	const slice = {header: Buffer.alloc(chunkHeaderBytes), payload: Buffer.alloc(1_000_000, 7)};
	let takenCount = 0;
	const sending = (async () => {
		for (;;) {
			await sender.send(slice);
			takenCount++;
		}
	})();
	const ended = t.throwsAsync(sending);
	await realClock.sleep(1);
	const stalledAtCount = takenCount;
	await realClock.sleep(0.5);
	t.is(takenCount, stalledAtCount);
	t.true(stalledAtCount < 100, `${stalledAtCount} MB were taken`);
	await sender[Symbol.asyncDispose]();
	await ended;
});

test('an endpoint that is taken, and a transport that is not there, are errors with what was tried', async t => {
	const endpoint = await freeEndpoint();
	await using _receiver = await zeromq.listen({endpoint});
	await t.throwsAsync(zeromq.listen({endpoint}), {code: 'COMMAND_FAILED', message: /Address already in use|in use/});
	await t.throwsAsync(loadTransport('carrier-pigeon'), {code: 'SCENARIO_INVALID'});
});

test('a slice that overtakes the opening of its stream waits for it; one of a closed stream is dropped', async t => {
	const endpoint = await freeEndpoint();
	const budget = new BufferBudget(1e7);
	const failures: unknown[] = [];
	await using inlet = new SliceInlet({
		receiver: await zeromq.listen({endpoint}),
		clock: realClock,
		budget,
		onError: error => failures.push(error),
	});
	await using sender = await zeromq.connect({endpoint});
	const send = async (chunk: Chunk) => {
		for (const slice of slicesOf(chunk)) {
			await sender.send(slice);
		}
	};
	const arrived: number[] = [];
	const both = Promise.withResolvers<void>();
	const onChunk = ({sequence}: Chunk) => {
		arrived.push(sequence);
		if (arrived.length === 2) {
			both.resolve();
		}
	};
	const sent = send(makeChunk({streamIndex: 5, sequence: 1}));
	await realClock.sleep(0.2);
	inlet.open(5, {onChunk, onMisfit: () => t.fail()});
	await sent;
	inlet.open(6, {onChunk: () => t.fail(), onMisfit: () => t.fail()});
	inlet.close(6);
	await send(makeChunk({streamIndex: 6, sequence: 2}));
	await send(makeChunk({streamIndex: 5, sequence: 3}));
	await both.promise;
	t.deepEqual(arrived, [1, 3]);
	t.deepEqual(failures, []);
});
