import type {RecordBody, RecordKind} from './schema.ts';

/** A variant's repeat, as the end of each of its lines: every record says which run it belongs to. */
export type LineEnd = string & {readonly lineEnd?: true};

export function lineEndOf({variant, repeat}: {readonly variant: string; readonly repeat: number}): LineEnd {
	return `,"variant":${JSON.stringify(variant)},"repeat":${repeat}}\n`;
}

/**
 * A record as its line of a file, what `JSON.stringify` gives of it. The kinds that a simulation writes by the million are put
 * together by hand, in half the time.
 */
export function recordLine(body: RecordBody, lineEnd: LineEnd): string {
	switch (body.kind) {
		case 'chunk.produced':
			return producedLine(body, lineEnd);
		case 'chunk.delivered':
			return deliveredLine(body, lineEnd);
		case 'link.sample':
			return linkLine(body, lineEnd);
		case 'site.sample':
			return siteLine(body, lineEnd);
		default:
			return JSON.stringify(body).slice(0, -1) + lineEnd;
	}
}

type BodyOf<Kind extends RecordKind> = Extract<RecordBody, {kind: Kind}>;

/** The record of a kind, if these are all of its keys: the compiler finds a line that lacks a new one. */
type Whole<Kind extends RecordKind, Key extends PropertyKey> = [Exclude<keyof BodyOf<Kind>, Key>] extends [never]
	? BodyOf<Kind>
	: never;

type ProducedKey = 'kind' | 'stream' | 'sequence' | 't' | 'plannedSeconds' | 'readySeconds' | 'sentSeconds' | 'bytes';

function producedLine(body: Whole<'chunk.produced', ProducedKey>, lineEnd: LineEnd): string {
	const {stream, sequence, t, plannedSeconds, sentSeconds, bytes} = body;
	const ready = body.readySeconds === undefined ? '' : `,"readySeconds":${body.readySeconds}`;
	return `{"kind":"chunk.produced","stream":${quoted(stream)},"sequence":${sequence},"t":${t},"plannedSeconds":${plannedSeconds}${ready},"sentSeconds":${sentSeconds},"bytes":${bytes}${lineEnd}`;
}

type DeliveredKey =
	| 'kind'
	| 't'
	| 'stream'
	| 'sequence'
	| 'bytes'
	| 'resolutionRatio'
	| 'latencySeconds'
	| 'transitSeconds'
	| 'diffSeconds'
	| 'reordered'
	| 'sharedByCount'
	| 'detections';

function deliveredLine(body: Whole<'chunk.delivered', DeliveredKey>, lineEnd: LineEnd): string {
	const {t, stream, sequence, bytes, resolutionRatio, latencySeconds, transitSeconds, diffSeconds, reordered} = body;
	const shared = body.sharedByCount === undefined ? '' : `,"sharedByCount":${body.sharedByCount}`;
	const detections = body.detections === undefined ? '' : `,"detections":${JSON.stringify(body.detections)}`;
	return `{"kind":"chunk.delivered","t":${t},"stream":${quoted(stream)},"sequence":${sequence},"bytes":${bytes},"resolutionRatio":${resolutionRatio},"latencySeconds":${latencySeconds},"transitSeconds":${transitSeconds},"diffSeconds":${diffSeconds},"reordered":${reordered}${shared}${detections}${lineEnd}`;
}

type LinkKey =
	| 'kind'
	| 't'
	| 'link'
	| 'from'
	| 'capacityBitsPerSecond'
	| 'bitsPerSecond'
	| 'droppedCount'
	| 'backlogBytes';

function linkLine(body: Whole<'link.sample', LinkKey>, lineEnd: LineEnd): string {
	const {t, link, from, capacityBitsPerSecond, bitsPerSecond, droppedCount, backlogBytes} = body;
	return `{"kind":"link.sample","t":${t},"link":${quoted(link)},"from":${quoted(from)},"capacityBitsPerSecond":${capacityBitsPerSecond},"bitsPerSecond":${bitsPerSecond},"droppedCount":${droppedCount},"backlogBytes":${backlogBytes}${lineEnd}`;
}

type SiteKey =
	| 'kind'
	| 't'
	| 'site'
	| 'workersBusy'
	| 'workersReserved'
	| 'workers'
	| 'cpuRatio'
	| 'eventLoopLagMsP99'
	| 'bufferedBytes';

function siteLine(body: Whole<'site.sample', SiteKey>, lineEnd: LineEnd): string {
	const {t, site, workersBusy, workersReserved, workers, cpuRatio, eventLoopLagMsP99, bufferedBytes} = body;
	return `{"kind":"site.sample","t":${t},"site":${quoted(site)},"workersBusy":${workersBusy},"workersReserved":${workersReserved},"workers":${workers},"cpuRatio":${cpuRatio},"eventLoopLagMsP99":${eventLoopLagMsP99},"bufferedBytes":${bufferedBytes}${lineEnd}`;
}

/** Letters that stand for themselves between quotation marks. */
const plain = /^[\w.:/-]*$/;

function quoted(text: string): string {
	return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
