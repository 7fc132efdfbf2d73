import {realClock} from '#core/clock.ts';
import type {NodeCommand, SiteSetup, StreamPlan} from '#core/control/messages.ts';
import type {Chunk} from '#proxies/transports/chunk.ts';
import {contentHash} from '#proxies/transports/content-hash.ts';

export const timeScale = 0.1;

/** What a site is told, with what a test cares for put over it. */
export function siteSetup(over: Partial<SiteSetup> = {}): NodeCommand {
	return {
		kind: 'setup',
		setup: {
			site: 'site',
			transport: 'zeromq',
			listenEndpoint: 'tcp://127.0.0.1:1',
			timeScale,
			seed: 7,
			chunkBytes: 1_000_000,
			sliceBytes: 32_000,
			frames: {encoding: 'raw', jpegQuality: 90, distinct: 2},
			workers: 3,
			bufferedBytesMax: 1_000_000_000,
			...over,
		},
	};
}

/** The clock of a scenario whose second 0 is so many real seconds ahead. */
export function startClock({inSeconds = 0} = {}): NodeCommand & {readonly kind: 'start-clock'} {
	return {kind: 'start-clock', startNs: `${realClock.nowNs() + BigInt(Math.round(inSeconds * 1e9))}`};
}

export function openStream(over: Partial<StreamPlan> = {}): NodeCommand {
	return {kind: 'open-stream', plan: {stream: 's001', streamIndex: 1, stages: [], resolutionRatio: 1, ...over}};
}

export const next = (endpoint: string): Pick<StreamPlan, 'next'> => ({next: {link: 'link', endpoint}});

/** A chunk of pseudo-random content. */
export function makeChunk({sequence = 0, streamIndex = 1, side = 400} = {}): Chunk {
	const content = Buffer.from(Uint8Array.from({length: side * side}, (_, index) => (index * 2654435761) >>> 13));
	return {
		encoding: 'raw',
		streamIndex,
		sequence,
		width: side,
		height: side,
		resolutionRatio: 1,
		plannedSeconds: sequence,
		sentSeconds: sequence,
		contentHash: contentHash(content),
		content,
	};
}
