import {type Duplex, PassThrough} from 'node:stream';
import type {Engine} from './engine.ts';

/** The two outputs of a container out of the one stream in which an engine sends them. */
export function separateOutputs(
	engine: Engine,
	stream: Duplex,
): {readonly output: PassThrough; readonly errors: PassThrough} {
	const [output, errors] = [new PassThrough(), new PassThrough()];
	engine.modem.demuxStream(stream, output, errors);
	stream.once('end', () => {
		output.end();
		errors.end();
	});
	return {output, errors};
}
