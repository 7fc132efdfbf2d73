import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeFolders} from '#core/make-folders.ts';
import {writeError} from '#core/records/write-error.ts';

/** Something that lives at the engine, outside of any process of ours. */
export type ManifestEntry = {readonly kind: 'service' | 'container' | 'network' | 'volume'; readonly name: string};

/** What a run makes outside of its own processes, written down before it is made: one JSON object a line. */
export class Manifest {
	readonly #path: string;
	readonly #label: string;

	/** Of one variant, in the folder of its logs. Throws DISK_FULL or OUT_REFUSED. */
	constructor({folder, label}: {readonly folder: string; readonly label: string}) {
		this.#path = join(folder, 'manifest.ndjson');
		this.#label = label;
		this.#write(() => makeFolders(folder));
	}

	add(entry: ManifestEntry): void {
		this.#write(() => appendFileSync(this.#path, `${JSON.stringify({...entry, run: this.#label})}\n`));
	}

	#write(writing: () => void): void {
		try {
			writing();
		} catch (cause) {
			throw writeError(`writing ${this.#path}`, cause);
		}
	}
}
