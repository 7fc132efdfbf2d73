import {createServer} from 'node:net';
import type {FarEnd} from '#netem/calibration/link-connection.ts';

/** Where the agent of every site answers the measurements of its neighbours. */
export const farEndPorts: Readonly<Record<FarEnd, number>> = {echo: 5598, sink: 5599};

/** Listens, on every address of the container, for neighbours that measure their links; as long as this process lives. */
export function serveFarEnds(): void {
	const echo = createServer({noDelay: true}, socket => {
		// Whoever measures tears down at will.
		socket.on('error', () => {});
		socket.pipe(socket);
	});
	const sink = createServer(socket => {
		socket.on('error', () => {});
		socket.resume();
	});
	echo.listen(farEndPorts.echo);
	sink.listen(farEndPorts.sink);
}
