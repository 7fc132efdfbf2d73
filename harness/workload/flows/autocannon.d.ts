/** What we use of autocannon, whose package brings no types. Times are milliseconds. */
declare module 'autocannon' {
	type AutocannonOptions = {
		readonly url: string;
		readonly connections: number;
		/** Seconds. */
		readonly duration: number;
		readonly timeout: number;
	};

	type AutocannonResult = {
		readonly errors: number;
		readonly non2xx: number;
		/** Seconds. */
		readonly duration: number;
		readonly latency: {readonly p50: number; readonly p99: number};
		readonly requests: {readonly total: number};
		/** Bytes. */
		readonly throughput: {readonly total: number};
	};

	export default function autocannon(options: AutocannonOptions): Promise<AutocannonResult>;
}
