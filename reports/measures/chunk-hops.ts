import type {Scenario} from '#core/scenario/schema.ts';
import {type StageOutput, stageOutputBytes} from '#core/scenario/stage-output.ts';
import type {Bytes} from '#core/units.ts';
import type {Delivery, StreamPlacement} from '../run-data.ts';

/** A chunk whose size is known where its stream begins and where it ends. */
export type SizedDelivery = Delivery & {readonly producedBytes: Bytes};

export const isSized = (delivery: Delivery): delivery is SizedDelivery => delivery.producedBytes !== undefined;

/** A link that a chunk crossed, with the scenario bytes that it had there. */
export type ChunkHop = {readonly usdPerByte: number; readonly bytesOf: (chunk: SizedDelivery) => Bytes};

/** The links that the chunks of a stream that stands so cross, in their order. */
export function chunkHops(
	{topology, workload, timeScale}: Scenario,
	{sites, links}: StreamPlacement,
): readonly ChunkHop[] {
	const outputs = workload.stages.map(({output}) => output);
	// How many stages a chunk has behind it on each hop: those of the sites that it has come past, in their order.
	let passedCount = 0;
	return hopsOf(topology, links).map(({from, usdPerByte}) => {
		while (passedCount < sites.length && sites[passedCount] === from) {
			passedCount++;
		}
		const passed = passedCount;
		return {usdPerByte, bytesOf: chunk => bytesAfter(outputs, passed, chunk) / timeScale};
	});
}

/** As the producer sent them before the first stage, as they were delivered after the last, and by the stages' outputs between. */
function bytesAfter(
	outputs: readonly StageOutput[],
	passedCount: number,
	{producedBytes, resolutionRatio, bytes}: SizedDelivery,
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

function hopsOf({sites, links}: Scenario['topology'], names: readonly string[]) {
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
