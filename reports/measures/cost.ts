import type {Seconds, Usd} from '#core/units.ts';
import type {StreamHistory, StreamPlacement, VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import {chunkHops, isSized, type SizedDelivery} from './chunk-hops.ts';
import {type Draft, quotient} from './draft.ts';

/**
 * What it cost to bring the chunks that came: seconds of workers and bytes that links carried, at the scenario's prices
 * (zamani2018, Section III: CostExec + CostNet). Bytes and resolutions are those of the records; the plan is beside them.
 */
export function costMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const costs = streamsOf(run, streamClass)
		.map(stream => ({deliveredCount: stream.deliveries.length, usd: streamUsd(run, stream)}))
		.filter(({deliveredCount}) => deliveredCount > 0);
	const totalUsd = costs.every(({usd}) => usd !== undefined)
		? costs.reduce((sum, {usd = 0}) => sum + usd, 0)
		: undefined;
	const deliveredCount = costs.reduce((sum, one) => sum + one.deliveredCount, 0);
	const per = (count: number) =>
		totalUsd === undefined
			? {none: 'the records lack where a stream stood, or what its producer sent'}
			: quotient(totalUsd, count, 'no chunk was delivered');
	const planned = run.requests
		.filter(request => streamClass === null || request.minimumResolutionRatio === streamClass)
		.flatMap(({answer}) => (answer?.kind === 'request.accepted' ? [answer.costUsd] : []));
	return [
		['cost.usdPerChunk', per(deliveredCount)],
		['cost.usdPerStream', per(costs.length)],
		[
			'cost.plannedUsdPerChunk',
			quotient(
				planned.reduce((sum, usd) => sum + usd, 0),
				planned.length,
				'no request was accepted',
			),
		],
	];
}

/** What all that links carried and all workers that were held came to, whatever became of the chunks. */
export function infrastructureCostMeasures(run: VariantRun): readonly Draft[] {
	return [
		['cost.linksUsd', linksUsd(run) ?? {none: 'links were not sampled'}],
		['cost.reservedWorkersUsd', workersUsd(run) ?? {none: 'sites were not sampled'}],
	];
}

/** `undefined` when nothing was sampled. */
function linksUsd({links, scenario}: VariantRun): Usd | undefined {
	let usd: Usd | undefined;
	for (const {link, samples} of links) {
		const usdPerByte = scenario.topology.links.find(({name}) => name === link)?.usdPerByte ?? 0;
		for (let index = 0; index < samples.length; index++) {
			const seconds = spanSeconds(samples, index);
			if (seconds > 0) {
				usd = (usd ?? 0) + (((samples[index]?.bitsPerSecond ?? 0) * seconds) / 8) * usdPerByte;
			}
		}
	}
	return usd;
}

function workersUsd({sites, scenario}: VariantRun): Usd | undefined {
	let usd: Usd | undefined;
	for (const {site, samples} of sites) {
		const described = scenario.topology.sites[site];
		const usdPerSecond = described?.role === 'compute' ? described.usdPerHour / 3600 : 0;
		for (let index = 0; index < samples.length; index++) {
			const seconds = spanSeconds(samples, index);
			if (seconds > 0) {
				usd = (usd ?? 0) + (samples[index]?.workersReserved ?? 0) * seconds * usdPerSecond;
			}
		}
	}
	return usd;
}

/** From second 0 on, the time between a sample and the one before it. */
function spanSeconds(samples: ReadonlyArray<{readonly t: Seconds}>, index: number): Seconds {
	return (samples[index]?.t ?? 0) - Math.max(0, samples[index - 1]?.t ?? 0);
}

/** Of its delivered chunks; `undefined` when the records do not say enough. */
function streamUsd(run: VariantRun, {deliveries, placements}: StreamHistory): Usd | undefined {
	let usd = 0;
	let prices: {readonly placement: StreamPlacement; readonly of: ChunkPrice} | undefined;
	for (const delivery of deliveries) {
		const placement = placements.findLast(({t}) => t <= delivery.t);
		if (!placement || !isSized(delivery)) {
			return undefined;
		}
		if (prices?.placement !== placement) {
			prices = {placement, of: chunkPrice(run, placement)};
		}
		usd += prices.of(delivery);
	}
	return usd;
}

type ChunkPrice = (chunk: SizedDelivery) => Usd;

/**
 * The price of one chunk of a stream that stands so: it crossed every link of its way, and every stage held a worker for it. Of
 * a chunk that came for several requests, each bears its share.
 */
function chunkPrice({scenario}: VariantRun, placement: StreamPlacement): ChunkPrice {
	const {topology, workload} = scenario;
	const serviceUsd = workload.stages.reduce((sum, {serviceSeconds}, stage) => {
		const site = topology.sites[placement.sites[stage] ?? ''];
		return site?.role === 'compute' ? sum + ((serviceSeconds / site.speed) * site.usdPerHour) / 3600 : sum;
	}, 0);
	const hops = chunkHops(scenario, placement);
	return chunk => {
		let wholeUsd = serviceUsd;
		for (const {bytesOf, usdPerByte} of hops) {
			wholeUsd += bytesOf(chunk) * usdPerByte;
		}
		return wholeUsd / (chunk.sharedByCount ?? 1);
	};
}
