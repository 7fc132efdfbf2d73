import {once} from 'node:events';
import {createServer} from 'node:http';
import autocannon from 'autocannon';
import type {Flow} from './flow.ts';

/**
 * An HTTP server and autocannon, closed-loop: the next request is sent when the answer to the one before is in, so that a way
 * that stalls is asked less. Its latencies are those of requests that were sent, not of ones that should have been: autocannon corrects
 * them only where it is given a rate, and then wrongly, so that it gets none.
 */
export const httpFlow: Flow = {
	async serve({place: {host, port}, bodyBytes}) {
		const body = Buffer.alloc(bodyBytes, 0x5a);
		const server = createServer((_, response) => response.end(body));
		server.keepAliveTimeout = 0;
		server.listen(port, host);
		await once(server, 'listening');
		return {
			async [Symbol.asyncDispose]() {
				server.closeAllConnections();
				await new Promise(resolve => server.close(resolve));
			},
		};
	},
	async receive({place: {host, port}, flowSeconds}) {
		const {errors, non2xx, duration, latency, requests, throughput} = await autocannon({
			url: `http://${host}:${port}`,
			connections: 1,
			duration: Math.max(1, Math.floor(flowSeconds)),
			timeout: 10,
		});
		return {
			bytes: throughput.total,
			flowSeconds: duration,
			bitsPerSecond: (throughput.total * 8) / duration,
			requestCount: requests.total,
			errorCount: errors + non2xx,
			latencyMsP50: latency.p50,
			latencyMsP99: latency.p99,
		};
	},
};
