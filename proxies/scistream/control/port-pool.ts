import {createServer} from 'node:net';
import {CallRefusal} from './call-refusal.ts';

/** First and last port, both included. */
export type PortRange = readonly [first: number, last: number];

/** The ports that data servers may listen at. What is taken comes back, and is used again last. */
export class PortPool {
	readonly #host: string;
	readonly #free: number[];
	readonly #taken = new Set<number>();

	constructor({host, range: [first, last]}: {readonly host: string; readonly range: PortRange}) {
		this.#host = host;
		this.#free = Array.from({length: last - first + 1}, (_, index) => first + index);
	}

	get freeCount(): number {
		return this.#free.length;
	}

	/** Takes as many, leaving out those that another program holds. Refuses (RESOURCE_EXHAUSTED) rather than take fewer. */
	async take(count: number): Promise<readonly number[]> {
		const taken: number[] = [];
		const busy: number[] = [];
		try {
			while (taken.length < count) {
				const candidates = this.#reserve(count - taken.length, busy.length);
				const free = await Promise.all(candidates.map(port => this.#isFree(port)));
				taken.push(...candidates.filter((_, index) => free[index]));
				busy.push(...candidates.filter((_, index) => !free[index]));
			}
		} catch (error) {
			this.#free.push(...taken);
			throw error;
		} finally {
			this.#free.push(...busy);
		}
		for (const port of taken) {
			this.#taken.add(port);
		}
		return taken;
	}

	/** Each port comes back once, however often it is given. */
	giveBack(ports: readonly number[]): void {
		this.#free.push(...ports.filter(port => this.#taken.delete(port)));
	}

	/** Off the front at once, so that two who take at the same time never get the same. */
	#reserve(count: number, busyCount: number): readonly number[] {
		if (count > this.#free.length) {
			const others = busyCount === 0 ? '' : `, beside ${busyCount} that other programs hold`;
			throw new CallRefusal(
				'RESOURCE_EXHAUSTED',
				`num_conn: ${count} more ports are asked for, but ${this.#free.length} are free${others}`,
			);
		}
		return this.#free.splice(0, count);
	}

	#isFree(port: number): Promise<boolean> {
		const {promise, resolve} = Promise.withResolvers<boolean>();
		const probe = createServer();
		probe.once('error', () => resolve(false));
		probe.listen({port, host: this.#host, exclusive: true}, () => probe.close(() => resolve(true)));
		return promise;
	}
}
