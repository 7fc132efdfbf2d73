import {StreambedError} from '#core/errors.ts';

/** Why what needs this cannot be tested here; nothing when it can. */
export function skipReason(needed: () => unknown): string | undefined {
	try {
		needed();
		return undefined;
	} catch (error) {
		if (error instanceof StreambedError && error.code === 'TOOL_MISSING') {
			return `${error.message}; ${error.hint}`;
		}
		throw error;
	}
}
