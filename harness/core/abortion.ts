/** A promise that only ever rejects, with the signal's reason once it is aborted; unheard, that is no error. */
export function abortion(signal: AbortSignal): Promise<never> {
	const {promise, reject} = Promise.withResolvers<never>();
	promise.catch(() => {});
	if (signal.aborted) {
		reject(signal.reason);
	}
	signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	return promise;
}
