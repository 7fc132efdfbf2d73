import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {promisify} from 'node:util';
import type {BitsPerSecond} from '#core/units.ts';

/** An iperf3 that serves on a port of the loopback until it is disposed of. */
export async function iperf3Server(port: number): Promise<AsyncDisposable> {
	const server = spawn('iperf3', ['--server', '--bind', '127.0.0.1', '--port', `${port}`, '--forceflush'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const exit = once(server, 'exit');
	await once(server.stdout, 'data');
	server.stdout.resume();
	return {
		async [Symbol.asyncDispose]() {
			server.kill('SIGKILL');
			await exit;
		},
	};
}

/** What a client receives of one stream from the server behind a port (`--reverse`), after the first half second. */
export async function iperf3Receives(port: number, seconds: number): Promise<BitsPerSecond> {
	const {stdout} = await promisify(execFile)(
		'iperf3',
		['--client', '127.0.0.1', '--port', `${port}`, '--time', `${seconds}`, '--omit', '0.5', '--reverse', '--json'],
		{maxBuffer: 1e8},
	);
	const {end} = JSON.parse(stdout) as {end: {sum_received: {bits_per_second: number}}};
	return end.sum_received.bits_per_second;
}
