import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import {writeError} from '#core/records/write-error.ts';

/** What became of a worker. */
export type WorkerNews =
	| {readonly kind: 'joined'; readonly worker: string; readonly node: string}
	| {
			readonly kind: 'lost';
			readonly worker: string;
			readonly node: string;
			readonly reason: string;
			/** The draw that it had, and what is done about it. */
			readonly draw?: {readonly id: number; readonly kind: 'again' | 'given-up'};
	  };

/** Keeps who came and who was lost in `workers.ndjson` of a folder that stands. Throws DISK_FULL or OUT_REFUSED. */
export function workerLog(folder: string): (news: WorkerNews) => void {
	const path = join(folder, 'workers.ndjson');
	return news => {
		try {
			appendFileSync(path, `${JSON.stringify(news)}\n`);
		} catch (cause) {
			throw writeError(`writing ${path}`, cause);
		}
	};
}
