import {StreambedError} from '#core/errors.ts';

/** A signal that fires when the terminal or a supervisor asks this process to end. Disposing of it leaves the process as it was. */
export function interruption(what: string): Disposable & {readonly signal: AbortSignal} {
	const controller = new AbortController();
	const stop = () => controller.abort(new StreambedError('INTERRUPTED', `${what} was interrupted`));
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
	return {
		signal: controller.signal,
		[Symbol.dispose]() {
			process.off('SIGINT', stop);
			process.off('SIGTERM', stop);
		},
	};
}
