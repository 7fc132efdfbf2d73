import type {Bytes} from '#core/units.ts';
import type {DataServerCounters} from './data-server.ts';

type Carried = {readonly forward: {readonly bytes: Bytes}; readonly backward: {readonly bytes: Bytes}};

/** What a session has carried, with the connections that are over; those that are open add theirs. */
export class SessionCounts {
	bytesForward = 0;
	bytesBackward = 0;
	connectionsTotal = 0;
	refusedCount = 0;
	lastRefusal: string | undefined;

	/** Keeps what a connection that is over has carried. */
	close({forward, backward}: Carried, refusal: string | undefined): void {
		this.bytesForward += forward.bytes;
		this.bytesBackward += backward.bytes;
		if (refusal !== undefined) {
			this.refuse(refusal);
		}
	}

	refuse(reason: string): void {
		this.refusedCount++;
		this.lastRefusal = reason;
	}

	withOpen(open: Iterable<Carried>): DataServerCounters {
		let [bytesForward, bytesBackward, connectionsOpen] = [this.bytesForward, this.bytesBackward, 0];
		for (const {forward, backward} of open) {
			bytesForward += forward.bytes;
			bytesBackward += backward.bytes;
			connectionsOpen++;
		}
		return {
			bytesForward,
			bytesBackward,
			connectionsOpen,
			connectionsTotal: this.connectionsTotal,
			refusedCount: this.refusedCount,
			...(this.lastRefusal === undefined ? {} : {lastRefusal: this.lastRefusal}),
		};
	}
}
