import type {Socket} from 'node:net';
import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';

/**
 * Gives a sign of life over a connection once a second, an empty line, and ends the connection with an error when nothing has come from
 * the far end for ten: a machine that goes without a word closes nothing.
 */
export function watchSilence(socket: Socket, clock: Clock): void {
	let heardNs = clock.nowNs();
	let heardBytes = socket.bytesRead;
	const stop = clock.every(signEverySeconds, () => {
		socket.write('\n');
		if (socket.bytesRead !== heardBytes) {
			heardBytes = socket.bytesRead;
			heardNs = clock.nowNs();
		}
		const silentSeconds = Number(clock.nowNs() - heardNs) / 1e9;
		if (silentSeconds > silenceSecondsMax) {
			socket.destroy(new Error(`silent for ${silentSeconds.toFixed(0)} s`));
		}
	});
	socket.once('close', stop);
}

const signEverySeconds: Seconds = 1;
const silenceSecondsMax: Seconds = 10;
