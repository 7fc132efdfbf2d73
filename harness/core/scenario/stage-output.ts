import type {Bytes} from '../units.ts';
import type {Stage} from './stage-schema.ts';

export type StageOutput = Stage['output'];

/** What leaves a stage, of a chunk whose image at its resolution has so many bytes. */
export function stageOutputBytes(output: StageOutput, {imageBytes}: {readonly imageBytes: Bytes}): Bytes {
	switch (output.kind) {
		case 'share':
			return imageBytes * output.ratio;
		case 'fixed':
			return output.bytes;
		default:
			return output satisfies never;
	}
}
