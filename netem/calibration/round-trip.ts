import {once} from 'node:events';
import type {Clock} from '#core/clock.ts';
import {median} from '#core/median.ts';
import type {Ms, Seconds} from '#core/units.ts';
import type {PlannedLink} from '../topology-plan.ts';
import type {ConnectEnds} from './link-connection.ts';
import {connectNamespaces} from './namespace-connection.ts';

/** Half the median round trip of small messages over an idle link. */
export async function measureDelayMs({
	link,
	connect = connectNamespaces,
	clock,
	signal,
}: {
	readonly link: PlannedLink;
	readonly connect?: ConnectEnds;
	readonly clock: Clock;
	readonly signal: AbortSignal;
}): Promise<Ms> {
	using connection = await connect(...link.ends, {farEnd: 'echo'});
	const {near} = connection;
	const roundTripsMs: Ms[] = [];
	const startNs = clock.nowNs();
	const elapsedSeconds = (): Seconds => Number(clock.nowNs() - startNs) / 1e9;
	for (let round = 0; round < roundsMax && (round < roundsMin || elapsedSeconds() < secondsMax); round++) {
		const sentNs = clock.nowNs();
		near.write(message);
		await once(near, 'data', {signal});
		// The first ones resolve addresses and warm the code.
		if (round >= roundsUncounted) {
			roundTripsMs.push(Number(clock.nowNs() - sentNs) / 1e6);
		}
	}
	return median(roundTripsMs) / 2;
}

const message = Buffer.alloc(64, 'streambed');
const roundsUncounted = 3;
const roundsMin = 8;
const roundsMax = 43;
const secondsMax: Seconds = 0.1;
