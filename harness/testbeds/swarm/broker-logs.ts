import {appendFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {Seconds} from '#core/units.ts';
import type {FilePart} from './agent-messages.ts';
import type {SwarmAgentConnection} from './swarm-agent-connection.ts';

/** The settings and logs of brokers, which are written at their nodes, as they come into the run's folder. Disposing of it brings the last of them. */
export class BrokerLogs implements AsyncDisposable {
	readonly #agents: ReadonlyMap<string, Pick<SwarmAgentConnection, 'call'>>;
	readonly #logFolder: string;
	readonly #clock: Clock;
	readonly #stop: () => void;
	/** One after the other: what was read is written in its order. */
	#fetching: Promise<unknown> = Promise.resolve();

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
		this.#stop = agents.size === 0 ? () => {} : clock.every(fetchEverySeconds, () => void this.#fetchAll());
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#stop();
		const enough = new AbortController();
		const patience = this.#clock.sleep(lastWordsSeconds, enough.signal).catch(() => {});
		await Promise.race([this.#fetchAll(), patience]);
		enough.abort();
	}

	#fetchAll(): Promise<unknown> {
		this.#fetching = this.#fetching.then(() =>
			Promise.allSettled([...this.#agents].map(([site, agent]) => this.#fetch(site, agent))),
		);
		return this.#fetching;
	}

	/** A site that is gone is reported by others, and a log that cannot be written is no reason to end a run. */
	async #fetch(site: string, agent: Pick<SwarmAgentConnection, 'call'>): Promise<void> {
		const folder = join(this.#logFolder, site);
		for (;;) {
			const {parts} = await agent.call('read-on', {folder});
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
