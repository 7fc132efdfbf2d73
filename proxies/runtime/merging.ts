import assert from 'node:assert/strict';
import type {Seconds} from '#core/units.ts';
import {type Fit, reservationTolerance} from './admission.ts';
import type {Channel, Holding, Ledger} from './ledger.ts';
import type {LinkRate, PlannedRequest} from './messages.ts';
import type {Member, StreamState} from './stream-state.ts';

/**
 * What one stream has to keep so that all these requests get what they asked for: the highest minimum resolution, the
 * shortest deadline, the least budget of any. It lasts as long as the longest of them.
 */
export function strictest(requests: readonly PlannedRequest[]): PlannedRequest {
	const [first] = requests;
	assert(first, 'a stream serves somebody');
	return {
		...first,
		durationSeconds: Math.max(...requests.map(({durationSeconds}) => durationSeconds)),
		minimumResolutionRatio: Math.max(...requests.map(({minimumResolutionRatio}) => minimumResolutionRatio)),
		deadlineSeconds: Math.min(...requests.map(({deadlineSeconds}) => deadlineSeconds)),
		budgetUsdPerChunk: Math.min(...requests.map(({budgetUsdPerChunk}) => budgetUsdPerChunk)),
	};
}

/** Whether a stream holds the same for two demands. */
export function asksTheSame(one: PlannedRequest, other: PlannedRequest): boolean {
	return one.minimumResolutionRatio === other.minimumResolutionRatio && one.deadlineSeconds === other.deadlineSeconds;
}

/** The streams that carry what a request asks for, in the order in which they began. */
export function carriersFor(running: readonly StreamState[], {source}: PlannedRequest): readonly StreamState[] {
	return source === undefined ? [] : running.filter(({demand}) => demand.source === source);
}

/** The books as they would be if a stream held nothing. Looked at only: what is reserved in them is not kept. */
export function ledgerWithout(ledger: Ledger, {stream, workerSites}: Holding): Ledger {
	const without = (channel: Channel): Channel => {
		const reservations = new Map(channel.reservations);
		reservations.delete(stream);
		return {...channel, reservations};
	};
	return {
		...ledger,
		channel: hop => without(ledger.channel(hop)),
		channels: link => ledger.channels(link).map(without),
		freeWorkers: site => ledger.freeWorkers(site) + workerSites.filter(one => one === site).length,
	};
}

/** Another reservation for a stream that stays where it stands, at its place in the order of those on each link. */
export function resize(ledger: Ledger, {stream, path}: Holding, reservations: readonly LinkRate[]): void {
	for (const [index, hop] of path.entries()) {
		const {bitsPerSecond} = reservations[index] as LinkRate;
		ledger.channel(hop).reservations.set(stream, bitsPerSecond);
	}
}

/** Whether a stream would hold no more on any link than it does. */
export function isNoMore({reservations}: Fit, held: readonly LinkRate[]): boolean {
	return reservations.every(
		({bitsPerSecond}, hop) => bitsPerSecond <= (held[hop] as LinkRate).bitsPerSecond * (1 + reservationTolerance),
	);
}

/** The members after a chunk that came then, each with the deadlines that it has missed in a row. */
export function countMisses(
	{members, demand, resolutionRatio}: StreamState,
	{plannedSendSeconds, t}: {readonly plannedSendSeconds: Seconds; readonly t: Seconds},
): readonly Member[] {
	const atMinimum = resolutionRatio === demand.minimumResolutionRatio;
	const misses = ({fromSeconds, request: {deadlineSeconds}}: Member) =>
		atMinimum && plannedSendSeconds >= fromSeconds && t > plannedSendSeconds + deadlineSeconds;
	if (members.every(member => member.missedCount === 0 && !misses(member))) {
		return members;
	}
	return members.map(member => ({...member, missedCount: misses(member) ? member.missedCount + 1 : 0}));
}

/**
 * The members that are given up because they missed so many deadlines in a row. Those whose minimum keeps the resolution up
 * go first: without them it may fall, which is a remedy for the others.
 */
export function givenUp({members, demand}: StreamState, missesBeforeStop: number): readonly Member[] {
	const missing = members.filter(({missedCount}) => missedCount >= missesBeforeStop);
	const keepingUp = missing.filter(({request}) => request.minimumResolutionRatio === demand.minimumResolutionRatio);
	return keepingUp.length > 0 ? keepingUp : missing;
}
