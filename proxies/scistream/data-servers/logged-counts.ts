import type {Bytes} from '#core/units.ts';
import type {DataServerCounters} from './data-server.ts';
import {type OpenConnections, openCounts} from './open-counts.ts';

type Carried = {readonly bytesForward: Bytes; readonly bytesBackward: Bytes};

/**
 * What a proxy without statistics has carried: connections that are over by what it has logged, open ones by the kernel's own
 * count of acknowledged and received bytes.
 */
export class LoggedCounts {
	connectionsTotal = 0;
	#refusedCount = 0;
	#lastRefusal: string | undefined;
	/** The connections that were refused last, so that each counts once. */
	readonly #refused = new Set<string>();
	readonly #closed = {bytesForward: 0, bytesBackward: 0};
	/** The last ones: what was logged of a connection takes the place of what was logged of it before. */
	readonly #recent = new Map<string, Carried>();

	/** Notes why a connection ended before it was through: of what is logged about it, what comes first. */
	refuse(connection: string, reason: string): void {
		if (this.#refused.has(connection)) {
			return;
		}
		this.#refused.add(connection);
		this.#refusedCount++;
		this.#lastRefusal = reason;
		const [oldest] = this.#refused;
		if (this.#refused.size > recentMax && oldest !== undefined) {
			this.#refused.delete(oldest);
		}
	}

	/** Notes what a connection has carried. */
	close(connection: string, carried: Carried): void {
		const earlier = this.#recent.get(connection);
		this.#closed.bytesForward += carried.bytesForward - (earlier?.bytesForward ?? 0);
		this.#closed.bytesBackward += carried.bytesBackward - (earlier?.bytesBackward ?? 0);
		this.#recent.set(connection, carried);
		const [oldest] = this.#recent.keys();
		if (this.#recent.size > recentMax && oldest !== undefined) {
			this.#recent.delete(oldest);
		}
	}

	/** With what is open by then, which is looked at last: a connection whose end is logged meanwhile counts once. */
	async withOpen(which: OpenConnections): Promise<DataServerCounters> {
		const {bytesForward, bytesBackward} = this.#closed;
		const open = await openCounts(which);
		return {
			bytesForward: bytesForward + open.bytesForward,
			bytesBackward: bytesBackward + open.bytesBackward,
			connectionsOpen: open.connectionsOpen,
			connectionsTotal: this.connectionsTotal,
			refusedCount: this.#refusedCount,
			...(this.#lastRefusal === undefined ? {} : {lastRefusal: this.#lastRefusal}),
		};
	}
}

const recentMax = 1000;
