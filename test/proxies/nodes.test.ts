import {spawnSync} from 'node:child_process';
import test, {type ExecutionContext} from 'ava';
import {realClock} from '#core/clock.ts';
import {garbageFlag} from '#core/control/collect-seldom.ts';
import type {SiteSetup, StreamPlan} from '#core/control/messages.ts';
import type {BitsPerSecond} from '#core/units.ts';
import {sliceCount, sliceOf} from '#proxies/transports/slices.ts';
import {zeromq} from '#proxies/transports/zeromq.ts';
import {makeChunk, next, openStream, siteSetup, startClock, timeScale} from '../support/data-plane.ts';
import {freeEndpoint} from '../support/free-endpoint.ts';
import {type EventOf, SiteProcess} from '../support/site-process.ts';

const sliceBytes = 32_000;

type RigOptions = {
	readonly plan?: Partial<StreamPlan>;
	readonly sends?: StreamPlan['sends'];
	readonly producerRate?: BitsPerSecond;
	readonly setup?: Partial<SiteSetup>;
};

type Rig = AsyncDisposable & Readonly<Record<'producer' | 'node' | 'consumer', SiteProcess>>;

/** Producer → site node → consumer, all three set up, with one stream open through them. */
async function makeRig({plan = {}, sends, producerRate, setup = {}}: RigOptions): Promise<Rig> {
	const [nodeEndpoint, consumerEndpoint] = [await freeEndpoint(), await freeEndpoint()];
	await using stack = new AsyncDisposableStack();
	const producer = stack.use(new SiteProcess('producer'));
	const node = stack.use(new SiteProcess('site-node'));
	const consumer = stack.use(new SiteProcess('consumer'));
	producer.send(siteSetup(setup));
	node.send(siteSetup({...setup, listenEndpoint: nodeEndpoint}));
	consumer.send(siteSetup({...setup, listenEndpoint: consumerEndpoint}));
	await Promise.all([producer, node, consumer].map(site => site.some('set-up')));
	const clock = startClock();
	consumer.send(clock, openStream());
	node.send(clock, openStream({...next(consumerEndpoint), ...plan}));
	await Promise.all([node, consumer].map(site => site.some('stream-opened')));
	const nowSeconds = Number(realClock.nowNs() - BigInt(clock.startNs)) / 1e9 / timeScale;
	const planned = sends ?? {firstPlannedSeconds: 1, everySeconds: 10, endSeconds: 2};
	producer.send(
		clock,
		openStream({
			...next(nodeEndpoint),
			sends: {
				...planned,
				firstPlannedSeconds: planned.firstPlannedSeconds + nowSeconds,
				endSeconds: planned.endSeconds + nowSeconds,
			},
			...(producerRate === undefined ? {} : {bitsPerSecond: producerRate}),
		}),
	);
	const kept = stack.move();
	return {producer, node, consumer, [Symbol.asyncDispose]: () => kept.disposeAsync()};
}

const transitRealSeconds = ({arrivedSeconds, sentSeconds}: EventOf<'chunk-arrived'>) =>
	(arrivedSeconds - sentSeconds) * timeScale;

/** What a chunk of so many bytes takes at a rate of data. */
function paceSeconds(chunkBytes: number, bitsPerSecond: BitsPerSecond): number {
	return (chunkBytes * 8) / bitsPerSecond;
}

function isWithin(
	t: ExecutionContext,
	{
		what,
		actual,
		low,
		high,
	}: {readonly what: string; readonly actual: number; readonly low: number; readonly high: number},
): void {
	const message = `${what}: actual ${actual.toFixed(3)}, allowed ${low.toFixed(3)}–${high.toFixed(3)}`;
	t.log(message);
	t.true(actual >= low && actual <= high, message);
}

const sleep = (seconds: number) => realClock.sleep(seconds);

const firstStage = (serviceSeconds: number) => ({name: 'window-1', serviceSeconds, first: true});

test.serial(
	'the first stage reduces an image to exactly the pixels of its resolution, and holds it for its service',
	async t => {
		await using rig = await makeRig({
			plan: {stages: [firstStage(3), {name: 'window-2', serviceSeconds: 2, first: false}], resolutionRatio: 0.5},
			sends: {firstPlannedSeconds: 1, everySeconds: 10, endSeconds: 12},
		});
		const first = await rig.consumer.first('chunk-arrived');
		t.like(first, {stream: 's001', sequence: 0, bytes: 500 * 500, resolutionRatio: 0.5, reordered: false});
		isWithin(t, {what: 'transit with 0.5 s of service', actual: transitRealSeconds(first), low: 0.5, high: 1});
		rig.node.send({kind: 'set-resolution', stream: 's001', resolutionRatio: 0.737});
		const [, second] = await rig.consumer.some('chunk-arrived', {count: 2});
		t.is(second?.bytes, 737 * 737);
		const produced = await rig.producer.first('stream-sent');
		t.is(produced.count, 2);
		t.deepEqual(
			rig.producer.of('chunk-produced').map(({bytes}) => bytes),
			[1_000_000, 1_000_000],
		);
	},
);

test.serial('one worker serves the chunks of a stage one after the other, and lateness does not add up', async t => {
	const count = 6;
	await using rig = await makeRig({
		plan: {stages: [{name: 'window-2', serviceSeconds: 2, first: false}]},
		sends: {firstPlannedSeconds: 1, everySeconds: 0.1, endSeconds: 1 + 0.1 * count - 0.05},
		setup: {chunkBytes: 10_000},
	});
	const arrivals = await rig.consumer.some('chunk-arrived', {count});
	const spanSeconds = ((arrivals.at(-1)?.arrivedSeconds ?? 0) - (arrivals[0]?.sentSeconds ?? 0)) * timeScale;
	isWithin(t, {what: `${count} services of 0.2 s`, actual: spanSeconds, low: 0.2 * count, high: 0.2 * count + 0.15});
	t.true(rig.node.of('site-sample').some(({workersBusy}) => workersBusy === 1));
	t.deepEqual(
		arrivals.map(({sequence}) => sequence),
		[...Array(count).keys()],
	);
});

test.serial('a producer and a relay pace a chunk at the layer-2 rate that the stream is allowed', async t => {
	await using rig = await makeRig({plan: {bitsPerSecond: 16e6}, producerRate: 40e6});
	const arrival = await rig.consumer.first('chunk-arrived');
	t.is(arrival.bytes, 1_000_000);
	const seconds = paceSeconds(1_000_000, 40e6) + paceSeconds(1_000_000, 16e6);
	isWithin(t, {
		what: '1 MB over 40 and 16 Mbit/s, seconds',
		actual: transitRealSeconds(arrival),
		low: seconds - 0.02,
		high: seconds + 0.15,
	});
});

test.serial('a rate that changes in the middle of a chunk holds at once', async t => {
	await using rig = await makeRig({plan: {bitsPerSecond: 1e6}});
	await rig.producer.some('chunk-produced');
	await sleep(1);
	t.is(rig.consumer.of('chunk-arrived').length, 0);
	rig.node.send({kind: 'set-rate', stream: 's001', bitsPerSecond: 40e6});
	const arrival = await rig.consumer.first('chunk-arrived');
	isWithin(t, {
		what: '1 MB at 1 Mbit/s for a second, then at 40, seconds',
		actual: transitRealSeconds(arrival),
		low: 1,
		high: 1.8,
	});
});

test.serial('closing a stream in the middle of a chunk drops it everywhere and leaves the others', async t => {
	await using rig = await makeRig({plan: {bitsPerSecond: 1e6}});
	await rig.producer.some('chunk-produced');
	await sleep(0.3);
	for (const site of [rig.producer, rig.node, rig.consumer]) {
		site.send({kind: 'close-stream', stream: 's001'});
		// A command that crossed the closing on its way is no mistake.
		site.send({kind: 'set-rate', stream: 's001', bitsPerSecond: 2e6});
	}
	const sampleCount = rig.node.of('site-sample').length;
	const samples = await rig.node.some('site-sample', {count: sampleCount + 2});
	t.is(samples.at(-1)?.bufferedBytes, 0);
	t.is(rig.consumer.of('chunk-arrived').length, 0);
	t.is(await rig.node.end(), 0);
	t.deepEqual(rig.node.of('failed'), []);
});

test.serial('a stalled consumer is felt at the producer, whose late sends keep their planned instants', async t => {
	const consumerEndpoint = await freeEndpoint();
	await using producer = new SiteProcess('producer');
	await using consumer = new SiteProcess('consumer');
	producer.send(siteSetup());
	consumer.send(siteSetup({listenEndpoint: consumerEndpoint}));
	await Promise.all([producer.some('set-up'), consumer.some('set-up')]);
	const clock = startClock({inSeconds: 0.2});
	consumer.send(clock, openStream());
	await consumer.some('stream-opened');
	const count = 60;
	consumer.child.kill('SIGSTOP');
	producer.send(
		clock,
		openStream({
			...next(consumerEndpoint),
			sends: {firstPlannedSeconds: 0, everySeconds: 0.2, endSeconds: 0.2 * count - 0.1},
		}),
	);
	await sleep(2);
	const producedCount = producer.of('chunk-produced').length;
	t.true(producedCount < count, `${producedCount} of ${count} chunks left while the consumer stood still`);
	consumer.child.kill('SIGCONT');
	const arrivals = await consumer.some('chunk-arrived', {count});
	const last = arrivals.at(-1);
	t.is(last?.plannedSeconds, 0.2 * (count - 1));
	t.true((last?.sentSeconds ?? 0) - (last?.plannedSeconds ?? 0) > 3, 'the last send was late by the stall');
	const {readySeconds = 0, plannedSeconds = 0} = producer.of('chunk-produced').at(-1) ?? {};
	const actual = readySeconds - plannedSeconds;
	isWithin(t, {what: 'the last chunk, ready late by scenario seconds', actual, low: 0, high: 1});
	t.deepEqual(new Set(arrivals.map(({sequence}) => sequence)).size, count);
});

test.serial('a site that would hold more than its limit says so and ends', async t => {
	await using rig = await makeRig({
		plan: {bitsPerSecond: 0.5e6},
		sends: {firstPlannedSeconds: 1, everySeconds: 1, endSeconds: 30},
		setup: {bufferedBytesMax: 3_500_000},
	});
	const failed = await rig.node.first('failed');
	t.regex(failed.message, /limit is 3500000 bytes/);
	t.truthy(failed.hint);
	t.is(await rig.node.end(), 4);
});

test.serial('a stage and a consumer notice a chunk whose content was changed on the way, and go on', async t => {
	const [nodeEndpoint, consumerEndpoint] = [await freeEndpoint(), await freeEndpoint()];
	await using node = new SiteProcess('site-node');
	await using consumer = new SiteProcess('consumer');
	node.send(siteSetup({listenEndpoint: nodeEndpoint}));
	consumer.send(siteSetup({listenEndpoint: consumerEndpoint}));
	await Promise.all([node.some('set-up'), consumer.some('set-up')]);
	const clock = startClock();
	const plan = {...next(consumerEndpoint), resolutionRatio: 0.5, stages: [firstStage(0.1)]};
	node.send(clock, openStream(plan));
	consumer.send(clock, openStream(), openStream({stream: 's002', streamIndex: 2}));
	await Promise.all([node.some('stream-opened'), consumer.some('stream-opened', {count: 2})]);
	const {send: sendToNode, ...toNode} = await sendingTo(nodeEndpoint);
	await using _node = toNode;
	await sendToNode({sequence: 0, isDamaged: true});
	await sendToNode({sequence: 1});
	const arrival = await consumer.first('chunk-arrived');
	t.like(arrival, {sequence: 1, bytes: 200 * 200});
	t.deepEqual(node.of('chunk-corrupt'), [{kind: 'chunk-corrupt', stream: 's001', sequence: 0}]);

	const {send: sendToConsumer, ...toConsumer} = await sendingTo(consumerEndpoint);
	await using _consumer = toConsumer;
	await sendToConsumer({streamIndex: 2, sequence: 3, isDamaged: true});
	await sendToConsumer({streamIndex: 2, sequence: 4});
	await sendToConsumer({streamIndex: 2, sequence: 2});
	await sendToConsumer({streamIndex: 2, sequence: 4});
	await consumer.some('chunk-duplicate');
	t.deepEqual(consumer.of('chunk-corrupt'), [{kind: 'chunk-corrupt', stream: 's002', sequence: 3}]);
	t.deepEqual(consumer.of('chunk-duplicate'), [{kind: 'chunk-duplicate', stream: 's002', sequence: 4}]);
	t.deepEqual(
		consumer.of('chunk-arrived').map(({sequence, reordered}) => ({sequence, reordered})),
		[
			{sequence: 1, reordered: false},
			{sequence: 4, reordered: false},
			{sequence: 2, reordered: true},
		],
	);
});

/** A sender of this process, which can change a byte in the middle of a chunk. */
async function sendingTo(endpoint: string) {
	const sender = await zeromq.connect({endpoint});
	return {
		async send({isDamaged = false, ...identity}: {sequence: number; streamIndex?: number; isDamaged?: boolean}) {
			const chunk = makeChunk(identity);
			const content = Buffer.from(chunk.content);
			if (isDamaged) {
				content.writeUInt8(content.readUInt8(70_000) ^ 1, 70_000);
			}
			const count = sliceCount({chunkBytes: content.length, sliceBytes});
			for (let sliceIndex = 0; sliceIndex < count; sliceIndex++) {
				await sender.send(sliceOf({...chunk, content}, {sliceIndex, sliceBytes}));
			}
		},
		[Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
	};
}

test.serial('JPEG chunks are decoded, resized and encoded again', async t => {
	await using rig = await makeRig({
		plan: {stages: [firstStage(0.1)], resolutionRatio: 0.5},
		setup: {frames: {encoding: 'jpeg', jpegQuality: 80, distinct: 1}, chunkBytes: 250_000},
	});
	const arrival = await rig.consumer.first('chunk-arrived');
	const produced = await rig.producer.first('chunk-produced');
	t.is(arrival.resolutionRatio, 0.5);
	t.true(arrival.bytes < produced.bytes * 0.5 && arrival.bytes > produced.bytes * 0.1);
});

test.serial('a producer without its images says what to do, and every program ends when its input does', async t => {
	await using producer = new SiteProcess('producer');
	producer.send(siteSetup({frames: {encoding: 'raw', jpegQuality: 90, distinct: 1, folder: '/nowhere/at/all'}}));
	const failed = await producer.first('failed');
	t.regex(failed.message, /\/nowhere\/at\/all/);
	t.regex(failed.hint ?? '', /workload\.frames\.folder/);
	t.is(await producer.end(), 2);
	for (const program of ['producer', 'consumer', 'site-node'] as const) {
		await using idle = new SiteProcess(program);
		await idle.some('ready');
		t.is(await idle.end(), 0);
	}
});

test('the V8 that programs run on has the flag by which they let garbage gather', t => {
	const {stdout} = spawnSync(process.execPath, ['--v8-options'], {encoding: 'utf8'});
	t.regex(stdout, new RegExp(`^\\s*${garbageFlag} `, 'm'));
});
