import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';

/** The harness's end of a reaper, which watches over one run in a session of its own. */
export class ReaperProcess {
	readonly #child: ChildProcess;

	constructor(label: string) {
		this.#child = spawn(process.execPath, [join(packageRoot, 'dist/harness/testbeds/docker/reaper.js'), label], {
			detached: true,
			stdio: ['pipe', 'ignore', 'ignore'],
		});
		this.#child.stdin?.on('error', () => {});
		this.#child.unref();
	}

	/** All of the run is removed. */
	dismiss(): void {
		this.#child.stdin?.end('removed\n');
	}

	/** Something stayed that could not be removed: from now on the reaper tries. */
	release(): void {
		this.#child.stdin?.end();
	}
}
