import {type Duplex, PassThrough, type Readable, type Writable} from 'node:stream';
import type {Engine} from '../../docker/engine.ts';

export type AttachedStreams = {readonly input: Writable; readonly output: Readable; readonly errors: Readable};

/** The input and both outputs of a container that is about to start. */
export async function attachTo(
	engine: Engine,
	container: ReturnType<Engine['getContainer']>,
): Promise<AttachedStreams> {
	const stream = (await container.attach({
		stream: true,
		hijack: true,
		stdin: true,
		stdout: true,
		stderr: true,
	})) as Duplex;
	const [output, errors] = [new PassThrough(), new PassThrough()];
	stream.on('error', () => {});
	engine.modem.demuxStream(stream, output, errors);
	stream.once('close', () => {
		output.end();
		errors.end();
	});
	return {input: stream, output, errors};
}
