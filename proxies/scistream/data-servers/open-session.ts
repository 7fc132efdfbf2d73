import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';
import {BufferPool} from './buffer-pool.ts';
import type {CarriedSession, SessionPlan} from './carrier-messages.ts';
import {mtlsEnds} from './mtls-ends.ts';
import {relayEnds} from './relay-ends.ts';
import {openTcpSession} from './tcp-session.ts';
import {openUdpSession} from './udp-session.ts';

/** Opens what a carrier is asked for. Rejects with why it cannot: a port that is taken, a certificate that does not hold. */
export async function openSession(plan: SessionPlan, clock: Clock): Promise<CarriedSession> {
	switch (plan.kind) {
		case 'relay':
			return await openTcpSession({plan, openEnds: relayEnds(poolFor(plan.bitsPerSecond)), clock});
		case 'mtls':
			return await openTcpSession({
				plan,
				openEnds: await mtlsEnds(plan, poolFor(plan.bitsPerSecond)),
				clock,
			});
		case 'udp':
			return await openUdpSession({plan, clock});
		default:
			return plan.kind satisfies never;
	}
}

const shared = new BufferPool(262_144);

/** Under a limit, one read must not take more than some milliseconds of it. */
function poolFor(bitsPerSecond: BitsPerSecond | undefined): BufferPool {
	return bitsPerSecond === undefined ? shared : new BufferPool(readBytes(bitsPerSecond));
}

const readBytes = (bitsPerSecond: BitsPerSecond): Bytes =>
	Math.min(262_144, Math.max(2048, Math.round((bitsPerSecond / 8) * 0.005)));
