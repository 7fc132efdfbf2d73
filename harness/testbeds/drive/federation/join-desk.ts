import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';

/**
 * Where nodes register. Each speaks over a control path of its own, so the desk knows which site is speaking, whatever name it
 * gives: a name that is another's, or a second registration, is refused.
 */
export class JoinDesk {
	readonly #sites: ReadonlySet<string>;
	/** The program of each node that has joined, by name. */
	readonly #joined = new Map<string, string>();

	constructor(sites: readonly string[]) {
		this.#sites = new Set(sites);
	}

	/** Throws JOIN_REFUSED. Other events are none of its business. */
	hear(site: string, event: NodeEvent): void {
		if (event.kind !== 'join') {
			return;
		}
		const {node, program} = event;
		if (node !== site) {
			const whose = this.#sites.has(node) ? 'the name of another node' : 'a name that no site has';
			throw new StreambedError('JOIN_REFUSED', `the program at ${site} registered as ${node}, ${whose}`, {
				hint: `a node registers by the name that its setup gives it, here ${site}`,
			});
		}
		if (this.#joined.has(node)) {
			throw new StreambedError('JOIN_REFUSED', `the program at ${site} registered as ${node} a second time`, {
				hint: 'a node registers once; one that was lost does not come back within a run',
			});
		}
		this.#joined.set(node, program);
	}

	/** What runs at a site, by its own word; `undefined` before it joined. */
	programOf(site: string): string | undefined {
		return this.#joined.get(site);
	}
}
