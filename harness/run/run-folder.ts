import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import type {RunDocument} from '#core/records/run-document.ts';
import {openRecordWriter, type RecordWriter} from '#core/records/writer.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';

/** Where a run writes: `<out>/<scenario>/<run id>/`. */
export type RunFolder = Disposable & {
	readonly path: string;
	readonly records: RecordWriter;
	/** Replaces `run.json` as a whole: readers see the old one or the new one. */
	writeDocument(document: RunDocument): void;
};

export function createRunFolder({
	outDir,
	runId,
	loaded,
}: {
	readonly outDir: string;
	readonly runId: string;
	readonly loaded: LoadedScenario;
}): RunFolder {
	const path = join(outDir, loaded.name, runId);
	try {
		mkdirSync(path, {recursive: true});
	} catch (cause) {
		throw new StreambedError('DISK_FULL', `the run folder ${path} cannot be made: ${String(cause)}`, {
			hint: 'name another folder with --out',
			cause,
		});
	}
	const {name, title, variants} = loaded;
	writeJson(join(path, 'scenario.json'), {
		name,
		title,
		variants: Object.fromEntries(variants.map(({variant, scenario}) => [variant, scenario])),
	});
	const maxCount = Math.max(...variants.map(({scenario}) => scenario.limits.records));
	const records = openRecordWriter(join(path, 'records.ndjson'), {maxCount});
	return {
		path,
		records,
		writeDocument(document) {
			const next = join(path, 'run.json.next');
			writeJson(next, document);
			renameSync(next, join(path, 'run.json'));
		},
		[Symbol.dispose]: () => records[Symbol.dispose](),
	};
}

function writeJson(path: string, value: unknown): void {
	try {
		writeFileSync(path, `${JSON.stringify(value, undefined, '\t')}\n`);
	} catch (cause) {
		throw new StreambedError('DISK_FULL', `writing ${path} failed: ${String(cause)}`, {
			hint: 'free some space, or name another folder with --out',
			cause,
		});
	}
}
