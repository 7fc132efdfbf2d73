import {appendFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import type {FilePart} from './agent-messages.ts';
import type {SwarmAgentConnection} from './swarm-agent-connection.ts';

/** The settings and logs of brokers, which are written at their nodes, as they come into the run's folder. Disposing of it brings the last of them. */
export class BrokerLogs implements AsyncDisposable {
	readonly #agents: ReadonlyMap<string, Pick<SwarmAgentConnection, 'call'>>;
	readonly #logFolder: string;
	readonly #clock: Clock;
	readonly #stop: () => void;
	/** One at a time for each site: what was read is written in its order, and a node that does not answer keeps no other waiting. */
	readonly #fetching = new Map<string, Promise<void>>();
	/** Nothing is asked for or written any more. */
	readonly #over = new AbortController();

	constructor({
		agents,
		logFolder,
		clock,
	}: {
		/** Of the sites with a broker, by site. */
		readonly agents: ReadonlyMap<string, Pick<SwarmAgentConnection, 'call'>>;
		/** Below it, each broker has a folder that is called as its site, there as here. */
		readonly logFolder: string;
		readonly clock: Clock;
	}) {
		this.#agents = agents;
		this.#logFolder = logFolder;
		this.#clock = clock;
		this.#stop = agents.size === 0 ? () => {} : clock.every(fetchEverySeconds, () => this.#fetchAll());
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#stop();
		const patience = this.#clock.sleep(lastWordsSeconds, this.#over.signal).catch(() => {});
		const lastWords = [...this.#agents.keys()].map(async site => {
			// What is under way may have been asked for before the last was written.
			await this.#fetching.get(site);
			await this.#fetch(site);
		});
		await Promise.race([Promise.all(lastWords), patience]);
		this.#over.abort();
	}

	#fetchAll(): void {
		for (const site of this.#agents.keys()) {
			void this.#fetch(site);
		}
	}

	/** A site that is gone is reported by others, and a log that cannot be written is no reason to end a run. */
	#fetch(site: string): Promise<void> {
		const fetching =
			this.#fetching.get(site) ??
			this.#readOn(site)
				.catch(() => {})
				.finally(() => this.#fetching.delete(site));
		this.#fetching.set(site, fetching);
		return fetching;
	}

	async #readOn(site: string): Promise<void> {
		const {signal} = this.#over;
		const folder = join(this.#logFolder, site);
		for (;;) {
			const {parts} = await mustGet(this.#agents, site).call('read-on', {folder}, signal);
			signal.throwIfAborted();
			if (parts.length === 0) {
				return;
			}
			append(folder, parts);
		}
	}
}

function append(folder: string, parts: readonly FilePart[]): void {
	makeFolders(folder);
	for (const {file, base64} of parts) {
		appendFileSync(join(folder, basename(file)), Buffer.from(base64, 'base64'));
	}
}

const fetchEverySeconds: Seconds = 2;
const lastWordsSeconds: Seconds = 3;
