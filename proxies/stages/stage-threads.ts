import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Piscina} from 'piscina';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import type {StageTask} from './stage-thread.ts';

const bundle = join(packageRoot, 'dist/proxies/stages/stage-thread.js');

/** Threads in which stages compute, so that a site's event loop stays free for its network. Disposing of it ends them. */
export class StageThreads implements AsyncDisposable {
	readonly #pool: Piscina<StageTask, Uint8Array>;

	/** Rejects with TOOL_MISSING when the bundle of the threads was not built. */
	static async open({threadCount}: {readonly threadCount: number}): Promise<StageThreads> {
		if (!existsSync(bundle)) {
			throw new StreambedError('TOOL_MISSING', `the program of the stages' threads is not at ${bundle}`, {
				hint: 'npm run build',
			});
		}
		// Few sites compute for real: the pool is loaded where one does.
		const {Piscina: Pool} = await import('piscina');
		const threads = new StageThreads(new Pool({filename: bundle, minThreads: threadCount, maxThreads: threadCount}));
		// The first chunk does not wait for threads to start and code to be compiled.
		const blank = {content: new Uint8Array(64 * 64 * 2), size: {width: 64, height: 64}};
		await Promise.all(Array.from({length: threadCount}, () => threads.run('gradients', blank)));
		return threads;
	}

	private constructor(pool: Piscina<StageTask, Uint8Array>) {
		this.#pool = pool;
	}

	/** To its end: a thread that is interrupted is gone, and with it the code that it had compiled. */
	async run(work: 'gradients' | 'windows', task: StageTask): Promise<Buffer> {
		const content = await this.#pool.run(task, {name: work});
		return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#pool.destroy();
	}
}
