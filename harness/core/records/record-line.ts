import type {KeyBytes, LineBytes} from './line-bytes.ts';
import type {RecordBody, RecordKind} from './schema.ts';

/** A variant's repeat, as the end of each of its lines: every record says which run it belongs to. */
export type LineEnd = Uint8Array & {readonly lineEnd?: true};

export function lineEndOf({variant, repeat}: {readonly variant: string; readonly repeat: number}): LineEnd {
	return Buffer.from(`,"variant":${JSON.stringify(variant)},"repeat":${repeat}}\n`);
}

/**
 * Puts a record as its line of a file, what `JSON.stringify` gives of it. The kinds that a simulation writes by the million are
 * put together by hand, key by key.
 */
export function putRecord(line: LineBytes, body: RecordBody, lineEnd: LineEnd): void {
	switch (body.kind) {
		case 'chunk.produced':
			putProduced(line, body);
			break;
		case 'chunk.delivered':
			putDelivered(line, body);
			break;
		case 'link.sample':
			putLinkSample(line, body);
			break;
		case 'site.sample':
			putSiteSample(line, body);
			break;
		default:
			line.text(JSON.stringify(body).slice(0, -1));
	}
	line.raw(lineEnd);
}

type BodyOf<Kind extends RecordKind> = Extract<RecordBody, {kind: Kind}>;

/** The record of a kind, if these are all of its keys: the compiler finds a line that lacks a new one. */
type Whole<Kind extends RecordKind, Key extends PropertyKey> = [Exclude<keyof BodyOf<Kind>, Key | 'kind'>] extends [
	never,
]
	? BodyOf<Kind>
	: never;

const produced = keysOf('chunk.produced', [
	'stream',
	'sequence',
	't',
	'plannedSeconds',
	'readySeconds',
	'sentSeconds',
	'bytes',
]);

function putProduced(line: LineBytes, body: Whole<'chunk.produced', keyof typeof produced>): void {
	line.string(produced.stream, body.stream);
	line.number(produced.sequence, body.sequence);
	line.number(produced.t, body.t);
	line.number(produced.plannedSeconds, body.plannedSeconds);
	if (body.readySeconds !== undefined) {
		line.number(produced.readySeconds, body.readySeconds);
	}
	line.number(produced.sentSeconds, body.sentSeconds);
	line.number(produced.bytes, body.bytes);
}

const delivered = keysOf('chunk.delivered', [
	't',
	'stream',
	'sequence',
	'bytes',
	'resolutionRatio',
	'latencySeconds',
	'transitSeconds',
	'diffSeconds',
	'reordered',
	'sharedByCount',
	'detections',
]);

function putDelivered(line: LineBytes, body: Whole<'chunk.delivered', keyof typeof delivered>): void {
	line.number(delivered.t, body.t);
	line.string(delivered.stream, body.stream);
	line.number(delivered.sequence, body.sequence);
	line.number(delivered.bytes, body.bytes);
	line.number(delivered.resolutionRatio, body.resolutionRatio);
	line.number(delivered.latencySeconds, body.latencySeconds);
	line.number(delivered.transitSeconds, body.transitSeconds);
	line.number(delivered.diffSeconds, body.diffSeconds);
	line.boolean(delivered.reordered, body.reordered);
	if (body.sharedByCount !== undefined) {
		line.number(delivered.sharedByCount, body.sharedByCount);
	}
	if (body.detections !== undefined) {
		line.raw(delivered.detections);
		line.text(JSON.stringify(body.detections));
	}
}

const linkSample = keysOf('link.sample', [
	't',
	'link',
	'from',
	'capacityBitsPerSecond',
	'bitsPerSecond',
	'droppedCount',
	'backlogBytes',
]);

function putLinkSample(line: LineBytes, body: Whole<'link.sample', keyof typeof linkSample>): void {
	line.number(linkSample.t, body.t);
	line.string(linkSample.link, body.link);
	line.string(linkSample.from, body.from);
	line.number(linkSample.capacityBitsPerSecond, body.capacityBitsPerSecond);
	line.number(linkSample.bitsPerSecond, body.bitsPerSecond);
	line.number(linkSample.droppedCount, body.droppedCount);
	line.number(linkSample.backlogBytes, body.backlogBytes);
}

const siteSample = keysOf('site.sample', [
	't',
	'site',
	'workersBusy',
	'workersReserved',
	'workers',
	'cpuRatio',
	'eventLoopLagMsP99',
	'bufferedBytes',
]);

function putSiteSample(line: LineBytes, body: Whole<'site.sample', keyof typeof siteSample>): void {
	line.number(siteSample.t, body.t);
	line.string(siteSample.site, body.site);
	line.number(siteSample.workersBusy, body.workersBusy);
	line.number(siteSample.workersReserved, body.workersReserved);
	line.number(siteSample.workers, body.workers);
	line.number(siteSample.cpuRatio, body.cpuRatio);
	line.number(siteSample.eventLoopLagMsP99, body.eventLoopLagMsP99);
	line.number(siteSample.bufferedBytes, body.bufferedBytes);
}

/** The keys of a kind in their order, each with what stands before it: the first with the beginning of the line. */
function keysOf<const Kind extends RecordKind, const Key extends string>(
	kind: Kind,
	keys: readonly Key[],
): Readonly<Record<Key, KeyBytes>> {
	const before = (index: number) => (index === 0 ? `{"kind":"${kind}"` : '');
	const entries = keys.map((key, index) => [key, Buffer.from(`${before(index)},"${key}":`)]);
	return Object.fromEntries(entries) as Record<Key, KeyBytes>;
}
