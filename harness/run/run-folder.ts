import {appendFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {RunDocument} from '#core/records/run-document.ts';
import {writeError} from '#core/records/write-error.ts';
import {openRecordWriter, type RecordWriter} from '#core/records/writer.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Bytes} from '#core/units.ts';
import {reserveSpace} from './reserved-space.ts';

/** Where a run writes: `<out>/<scenario>/<run id>/`. */
export type RunFolder = Disposable & {
	readonly path: string;
	readonly records: RecordWriter;
	/** Adds a draw that was measured while it was made, and has no records, to `draws.ndjson`. */
	writeMeasured(draw: object): void;
	/** Replaces `run.json` as a whole: readers see the old one or the new one. A full disk still takes it. */
	writeDocument(document: RunDocument): void;
};

/**
 * Makes the folder with its first `run.json`. It gets its name when both stand, so that every folder of that name can be read;
 * throws DISK_FULL or OUT_REFUSED, and then there is none.
 */
export function createRunFolder({
	outDir,
	runId,
	loaded,
	document: first,
	pendingBytesMax,
}: {
	readonly outDir: string;
	readonly runId: string;
	readonly loaded: LoadedScenario;
	readonly document: RunDocument;
	/** So many bytes of records may wait to be written together. */
	readonly pendingBytesMax: Bytes;
}): RunFolder {
	const path = join(outDir, loaded.name, runId);
	const unnamed = join(outDir, loaded.name, `.${runId}.next`);
	const {name, title, variants} = loaded;
	using cleanup = new DisposableStack();
	using undo = new DisposableStack();
	const removeOnError = (folder: string) => undo.defer(() => rmSync(folder, {recursive: true, force: true}));
	let reserved: Disposable;
	let records: RecordWriter;
	try {
		removeOnError(unnamed);
		makeFolders(unnamed);
		reserved = cleanup.use(reserveSpace(unnamed));
		writeJson(join(unnamed, 'scenario.json'), {
			name,
			title,
			variants: Object.fromEntries(variants.map(({variant, scenario}) => [variant, scenario])),
		});
		writeFileSync(join(unnamed, 'records.ndjson'), '');
		writeJson(join(unnamed, 'run.json'), first);
		renameSync(unnamed, path);
		removeOnError(path);
		const maxCount = Math.max(...variants.map(({scenario}) => scenario.limits.records));
		records = cleanup.use(openRecordWriter(join(path, 'records.ndjson'), {maxCount, pendingBytesMax}));
	} catch (cause) {
		throw writeError(`making the run folder ${path}`, cause instanceof StreambedError ? cause.cause : cause);
	}
	undo.move();
	const held = cleanup.move();
	return {
		path,
		records,
		writeMeasured(draw) {
			const target = join(path, 'draws.ndjson');
			try {
				appendFileSync(target, `${JSON.stringify(draw)}\n`);
			} catch (cause) {
				throw writeError(`writing ${target}`, cause);
			}
		},
		writeDocument(document) {
			const target = join(path, 'run.json');
			try {
				replaceJson(target, document);
			} catch (error) {
				if (!(error instanceof StreambedError && error.code === 'DISK_FULL')) {
					throw error;
				}
				reserved[Symbol.dispose]();
				replaceJson(target, document);
			}
		},
		[Symbol.dispose]: () => held.dispose(),
	};
}

function replaceJson(path: string, value: unknown): void {
	const next = `${path}.next`;
	try {
		writeJson(next, value);
		renameSync(next, path);
	} catch (error) {
		rmSync(next, {force: true});
		throw error;
	}
}

function writeJson(path: string, value: unknown): void {
	try {
		writeFileSync(path, `${JSON.stringify(value, undefined, '\t')}\n`);
	} catch (cause) {
		throw writeError(`writing ${path}`, cause);
	}
}
