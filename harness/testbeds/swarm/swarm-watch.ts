import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from '../docker/engine.ts';
import {lossOf, readTasks} from './site-tasks.ts';

/** Why a site is lost, or, with no site, the whole testbed. */
export type SwarmLoss = {readonly site?: string; readonly reason: string};

/** Looks at a run's tasks every two seconds while they stand, and tells of each site that is lost, once. */
export class SwarmWatch implements Disposable {
	readonly #engine: Engine;
	readonly #label: string;
	readonly #clock: Clock;
	readonly #onLost: (loss: SwarmLoss) => void;
	readonly #told = new Set<string | undefined>();
	readonly #nodes = new Map<string, string>();
	readonly #stop: () => void;
	#isOver = false;
	#isLooking = false;

	constructor({
		engine,
		label,
		clock,
		onLost,
	}: {
		readonly engine: Engine;
		readonly label: string;
		readonly clock: Clock;
		readonly onLost: (loss: SwarmLoss) => void;
	}) {
		this.#engine = engine;
		this.#label = label;
		this.#clock = clock;
		this.#onLost = onLost;
		this.#stop = clock.every(lookEverySeconds, () => void this.#lookUnlessLooking());
	}

	/** The connection of a site ended: tells why as the swarm sees it, which may take it a moment, or else what the connection showed. */
	async explain(site: string, reason: string): Promise<void> {
		for (let attempt = 0; attempt < explainAttempts && !this.#isOver && !this.#told.has(site); attempt++) {
			await this.#look();
			await this.#clock.sleep(explainPauseSeconds);
		}
		const node = this.#nodes.get(site);
		this.#tell({
			site,
			reason: `its agent${node === undefined ? '' : ` on ${node}`} cannot be reached any more: ${reason}`,
		});
	}

	[Symbol.dispose](): void {
		this.#isOver = true;
		this.#stop();
	}

	async #lookUnlessLooking(): Promise<void> {
		if (!this.#isLooking) {
			this.#isLooking = true;
			await this.#look();
			this.#isLooking = false;
		}
	}

	async #look(): Promise<void> {
		try {
			for (const task of await readTasks(this.#engine, this.#label)) {
				const reason = lossOf(task);
				if (task.node) {
					this.#nodes.set(task.site, task.node.name);
				}
				if (reason !== undefined) {
					this.#tell({site: task.site, reason});
				}
			}
		} catch (cause) {
			this.#tell({reason: cause instanceof Error ? cause.message : String(cause)});
		}
	}

	#tell(loss: SwarmLoss): void {
		if (!(this.#isOver || this.#told.has(loss.site) || this.#told.has(undefined))) {
			this.#told.add(loss.site);
			this.#onLost(loss);
		}
	}
}

const lookEverySeconds: Seconds = 2;
const explainAttempts = 4;
const explainPauseSeconds: Seconds = 0.4;
