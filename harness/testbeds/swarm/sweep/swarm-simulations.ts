import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {packageRoot} from '#core/package-root.ts';
import type {CollectedDraw, SimulatedDraw, Simulations} from '../../testbed.ts';
import type {DrawDispatch} from './draw-dispatch.ts';

/** Draws that are measured go to the workers of a swarm; those whose records are kept, a thousand times as much, are simulated here. */
export class SwarmSimulations implements Simulations {
	readonly #dispatch: DrawDispatch;
	readonly #here: Simulations;
	readonly #resources: AsyncDisposable;

	constructor({
		dispatch,
		here,
		resources,
	}: {
		readonly dispatch: DrawDispatch;
		readonly here: Simulations;
		/** All of the above, and what stands at the swarm. */
		readonly resources: AsyncDisposable;
	}) {
		this.#dispatch = dispatch;
		this.#here = here;
		this.#resources = resources;
	}

	begin(draw: Parameters<Simulations['begin']>[0]): SimulatedDraw {
		return this.#here.begin(draw);
	}

	async collect({collectorUrl, ...order}: Parameters<Simulations['collect']>[0]): Promise<CollectedDraw> {
		return await this.#dispatch.collect({...order, collectorPath: relative(packageRoot, fileURLToPath(collectorUrl))});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#resources[Symbol.asyncDispose]();
	}
}
