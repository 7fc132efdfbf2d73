import {type StageOutput, stageOutputBytes} from '#core/scenario/stage-output.ts';
import type {Bytes, Seconds, Usd} from '#core/units.ts';
import type {Delivery, StreamHistory, StreamPlacement, VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
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

type ChunkPrice = (chunk: Delivery & {readonly producedBytes: Bytes}) => Usd;

/** The price of one chunk of a stream that stands so: it crossed every link of its way, and every stage held a worker for it. */
function chunkPrice({scenario}: VariantRun, {sites, links}: StreamPlacement): ChunkPrice {
	const {topology, workload, timeScale} = scenario;
	const hops = hopsOf(scenario.topology, links);
	const serviceUsd = workload.stages.reduce((sum, {serviceSeconds}, stage) => {
		const site = topology.sites[sites[stage] ?? ''];
		return site?.role === 'compute' ? sum + ((serviceSeconds / site.speed) * site.usdPerHour) / 3600 : sum;
	}, 0);
	// How many stages a chunk has behind it on each hop: those of the sites that it has come past, in their order.
	let passedCount = 0;
	const priced = hops.map(({from, usdPerByte}) => {
		while (passedCount < sites.length && sites[passedCount] === from) {
			passedCount++;
		}
		return {passedCount, usdPerByte};
	});
	const outputs = workload.stages.map(({output}) => output);
	return chunk =>
		serviceUsd +
		priced.reduce((sum, hop) => sum + (bytesAfter(outputs, hop.passedCount, chunk) / timeScale) * hop.usdPerByte, 0);
}

/** As the producer sent them before the first stage, as they were delivered after the last, and by the stages' outputs between. */
function bytesAfter(
	outputs: readonly StageOutput[],
	passedCount: number,
	{producedBytes, resolutionRatio, bytes}: Delivery & {readonly producedBytes: Bytes},
): Bytes {
	const [output, last] = [outputs[passedCount - 1], outputs.at(-1)];
	if (!output || !last) {
		return producedBytes;
	}
	const imageBytes = producedBytes * resolutionRatio ** 2;
	const lastBytes = stageOutputBytes(last, {imageBytes});
	// Sizes that were really seen come first: a real image is not to the byte what its ratio says.
	return lastBytes === 0
		? stageOutputBytes(output, {imageBytes})
		: (bytes * stageOutputBytes(output, {imageBytes})) / lastBytes;
}

function hopsOf({sites, links}: VariantRun['scenario']['topology'], names: readonly string[]) {
	let from = Object.keys(sites).find(site => sites[site]?.role === 'producer') ?? '';
	return names.flatMap(name => {
		const link = links.find(one => one.name === name);
		if (!link) {
			return [];
		}
		const hop = {from, usdPerByte: link.usdPerByte};
		from = link.between[0] === from ? link.between[1] : link.between[0];
		return [hop];
	});
}
