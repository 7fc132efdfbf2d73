import type {Seconds, Usd} from '#core/units.ts';
import type {StreamHistory, StreamPlacement, VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import {chunkHops, type SizedDelivery} from './chunk-hops.ts';
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
	const {links, sites} = run.scenario.topology;
	const linkUsd = run.links.flatMap(({link, samples}) => {
		const usdPerByte = links.find(({name}) => name === link)?.usdPerByte ?? 0;
		return spans(samples).map(({sample, seconds}) => ((sample.bitsPerSecond * seconds) / 8) * usdPerByte);
	});
	const workerUsd = run.sites.flatMap(({site, samples}) => {
		const described = sites[site];
		const usdPerSecond = described?.role === 'compute' ? described.usdPerHour / 3600 : 0;
		return spans(samples).map(({sample, seconds}) => sample.workersReserved * seconds * usdPerSecond);
	});
	const total = (usd: readonly Usd[], none: string) =>
		usd.length === 0 ? {none} : usd.reduce((sum, one) => sum + one, 0);
	return [
		['cost.linksUsd', total(linkUsd, 'links were not sampled')],
		['cost.reservedWorkersUsd', total(workerUsd, 'sites were not sampled')],
	];
}

/** From second 0 on, each sample with the time since the one before it. */
function spans<Sample extends {readonly t: Seconds}>(samples: readonly Sample[]) {
	return samples.flatMap((sample, index) => {
		const seconds = sample.t - Math.max(0, samples[index - 1]?.t ?? 0);
		return seconds > 0 && sample.t > 0 ? [{sample, seconds}] : [];
	});
}

/** Of its delivered chunks; `undefined` when the records do not say enough. */
function streamUsd(run: VariantRun, {deliveries, placements}: StreamHistory): Usd | undefined {
	let usd = 0;
	let prices: {readonly placement: StreamPlacement; readonly of: ChunkPrice} | undefined;
	for (const delivery of deliveries) {
		const placement = placements.findLast(({t}) => t <= delivery.t);
		if (!placement || delivery.producedBytes === undefined) {
			return undefined;
		}
		if (prices?.placement !== placement) {
			prices = {placement, of: chunkPrice(run, placement)};
		}
		usd += prices.of({...delivery, producedBytes: delivery.producedBytes});
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
		const wholeUsd = hops.reduce((sum, {bytesOf, usdPerByte}) => sum + bytesOf(chunk) * usdPerByte, serviceUsd);
		return wholeUsd / (chunk.sharedByCount ?? 1);
	};
}
