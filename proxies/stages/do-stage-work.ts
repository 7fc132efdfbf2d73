import type {StageWork} from '#core/scenario/stage-works.ts';
import type {Ratio} from '#core/units.ts';
import type {Chunk} from '../transports/chunk.ts';
import {contentHash} from '../transports/content-hash.ts';
import {imagePyramid} from './pyramid.ts';
import type {StageThreads} from './stage-threads.ts';

/** Does the real work of one stage on a chunk. `sharp` has threads of its own; what is our own code runs in `threads`. */
export async function doStageWork(
	work: StageWork,
	chunk: Chunk,
	{
		resolutionRatio,
		threads,
	}: {
		/** Of the first stage: the share of the full width and height to which it reduces. */
		readonly resolutionRatio: Ratio;
		readonly threads: StageThreads;
	},
): Promise<Chunk> {
	const {width, height} = chunk;
	switch (work) {
		case 'pyramid':
			return hashed(await imagePyramid(chunk, {resolutionRatio}));
		case 'gradients': {
			const content = await threads.run(work, {content: chunk.content, size: {width, height}});
			return hashed({...chunk, encoding: 'features', content});
		}
		case 'windows': {
			const content = await threads.run(work, {content: chunk.content, size: {width, height}});
			return hashed({...chunk, encoding: 'detections', content});
		}
		default:
			return work satisfies never;
	}
}

function hashed(chunk: Omit<Chunk, 'contentHash'>): Chunk {
	return {...chunk, contentHash: contentHash(chunk.content)};
}
