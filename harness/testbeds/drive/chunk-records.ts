import type {LossReason, RecordBody} from '#core/records/schema.ts';
import type {Bytes, Seconds} from '#core/units.ts';
import type {Copy} from './forks.ts';

/**
 * A chunk came, `delivered` as its stream's own: delivered to everybody whom it is for, late for those whose deadline was
 * before. Where it came for several, it is lost for those who were given up meanwhile.
 */
export function deliveredRecords(
	copies: readonly Copy[],
	delivered: Extract<RecordBody, {kind: 'chunk.delivered'}>,
): readonly RecordBody[] {
	const {t} = delivered;
	const isLost = ({isStopped}: Copy) => isStopped && copies.length > 1;
	const sharedByCount = copies.filter(copy => !isLost(copy)).length;
	const records: RecordBody[] = [];
	for (const copy of copies) {
		const {stream, sequence, deadlineSeconds} = copy;
		const latenessSeconds = delivered.latencySeconds - deadlineSeconds;
		if (isLost(copy)) {
			records.push({kind: 'chunk.lost', t, stream, sequence, reason: 'stream-stopped'});
			continue;
		}
		// They come by the million, nearly all of them under the stream's own name.
		const isOwn = stream === delivered.stream && sequence === delivered.sequence;
		const own = isOwn ? delivered : {...delivered, stream, sequence};
		records.push(sharedByCount > 1 ? {...own, sharedByCount} : own);
		if (latenessSeconds > 0) {
			records.push({kind: 'chunk.late', t, stream, sequence, latenessSeconds});
		}
	}
	return records;
}

/** A chunk was sent when it was planned. */
export function punctualRecords(
	copies: readonly Copy[],
	{plannedSeconds, bytes}: {readonly plannedSeconds: Seconds; readonly bytes: Bytes},
): readonly RecordBody[] {
	return copies.map(({stream, sequence}) => ({
		kind: 'chunk.produced',
		stream,
		sequence,
		t: plannedSeconds,
		plannedSeconds,
		sentSeconds: plannedSeconds,
		bytes,
	}));
}

/** A chunk will not come. */
export function lostRecords(copies: readonly Copy[], t: Seconds, reason: LossReason): readonly RecordBody[] {
	return copies.map(({stream, sequence, isStopped}) => ({
		kind: 'chunk.lost',
		t,
		stream,
		sequence,
		reason: isStopped ? 'stream-stopped' : reason,
	}));
}
