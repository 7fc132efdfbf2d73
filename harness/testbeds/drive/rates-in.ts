import type {BrainAction, LinkRate} from '#proxies/runtime/messages.ts';

/** The rates that these actions give a stream; none where nothing is enforced. */
export function ratesIn(actions: readonly BrainAction[], stream: string): readonly LinkRate[] {
	for (const action of actions) {
		if (action.kind === 'set-rates' && action.stream === stream) {
			return action.rates;
		}
	}
	return [];
}
