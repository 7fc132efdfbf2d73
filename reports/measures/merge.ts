import type {Bytes} from '#core/units.ts';
import type {StreamHistory, VariantRun} from '../run-data.ts';
import {type ChunkHop, chunkHops, isSized} from './chunk-hops.ts';
import {type Draft, quotient} from './draft.ts';

/** What sharing saved: against each request's copy crossing every link on its own. Nothing for a run that does not merge. */
export function mergeMeasures(run: VariantRun): readonly Draft[] {
	if (!run.scenario.stack.merge) {
		return [];
	}
	const merged = run.requests.filter(({answer}) => answer?.kind === 'request.accepted' && answer.carrier !== undefined);
	const streams = run.streams.map(stream => sharedBytes(run, stream));
	const total = (name: 'carried' | 'saved') => streams.reduce((sum, bytes) => sum + bytes[name], 0);
	const savedBytes = total('saved');
	return [
		['merge.requestsMerged', merged.length],
		['merge.bytesSaved', Math.round(savedBytes)],
		['merge.bytesSavedRatio', quotient(savedBytes, savedBytes + total('carried'), 'no chunk was delivered')],
	];
}

/** Of one stream's chunks: its share of what crossed the links for all who got them, and what did not have to for it. */
function sharedBytes({scenario}: VariantRun, {deliveries, placements}: StreamHistory) {
	const hopsOf = new Map(placements.map(placement => [placement, chunkHops(scenario, placement)] as const));
	const bytes = {carried: 0, saved: 0};
	for (const delivery of deliveries) {
		const placement = placements.findLast(({t}) => t <= delivery.t);
		const {sharedByCount = 1} = delivery;
		if (placement && isSized(delivery)) {
			const whole = crossed(hopsOf.get(placement) ?? [], delivery);
			bytes.carried += whole / sharedByCount;
			bytes.saved += whole - whole / sharedByCount;
		}
	}
	return bytes;
}

function crossed(hops: readonly ChunkHop[], chunk: Parameters<ChunkHop['bytesOf']>[0]): Bytes {
	return hops.reduce((sum, {bytesOf}) => sum + bytesOf(chunk), 0);
}
