import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';
import {z} from 'zod';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import type {Flow} from './flow.ts';

/** One TCP flow of iperf3, in reverse: its server sends. */
export const iperf3Flow: Flow = {
	async serve({place: {host, port}}) {
		const child = spawn(iperf3Path(), ['--server', '--bind', host, '--port', `${port}`, '--forceflush'], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const lines = createInterface({input: child.stdout});
		// Its first lines say that it listens; the rest is read so that it never waits for us.
		await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => Promise.reject(notListening(host, port)))]);
		return {
			async [Symbol.asyncDispose]() {
				if (child.exitCode === null && child.signalCode === null) {
					const ended = once(child, 'exit');
					child.kill('SIGKILL');
					await ended;
				}
			},
		};
	},
	async receive({place: {host, port}, flowSeconds, signal}) {
		const command = ['--client', host, '--port', `${port}`, '--reverse', '--json'];
		const limits = ['--time', `${Math.max(1, Math.floor(flowSeconds))}`, '--connect-timeout', '5000'];
		const {stdout} = await promisify(execFile)(iperf3Path(), [...command, ...limits], {
			signal,
			maxBuffer: outputBytesMax,
		}).catch((cause: Error & {stdout?: string}) => {
			const said = answerSchema.safeParse(parseJson(cause.stdout ?? '')).data?.error ?? cause.message;
			throw new StreambedError('COMMAND_FAILED', `iperf3 to ${host}:${port} failed: ${said}`, {cause});
		});
		const {end, error} = answerSchema.parse(parseJson(stdout));
		if (!end?.sum_received) {
			throw new StreambedError(
				'COMMAND_FAILED',
				`iperf3 to ${host}:${port} measured nothing: ${error ?? 'no reason given'}`,
			);
		}
		const {bytes, seconds, bits_per_second: bitsPerSecond} = end.sum_received;
		const retransmits = end.sum_sent?.retransmits;
		return {
			bytes,
			flowSeconds: seconds,
			bitsPerSecond,
			errorCount: 0,
			...(retransmits === undefined ? {} : {retransmitCount: retransmits}),
		};
	},
};

function iperf3Path(): string {
	const path = findProgram('iperf3');
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', 'the application is iperf3, which is not installed', {
			hint: 'apt-get install --yes iperf3',
		});
	}
	return path;
}

const notListening = (host: string, port: number) =>
	new StreambedError('COMMAND_FAILED', `iperf3 ended instead of listening at ${host}:${port}`);

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return {error: `its answer is not JSON: ${text.slice(0, 200)}`};
	}
}

/** In the units of iperf3, whose names these are. */
const reading = z.number();

const answerSchema = z.looseObject({
	error: z.string().optional(),
	end: z
		.looseObject({
			sum_received: z.looseObject({bytes: reading, seconds: reading, bits_per_second: reading}).optional(),
			sum_sent: z.looseObject({retransmits: reading.optional()}).optional(),
		})
		.optional(),
});

const outputBytesMax = 16 * 1024 ** 2;
