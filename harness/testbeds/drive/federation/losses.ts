import type {Clock} from '#core/clock.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {siteOfProgram} from '../../brokers/broker-program.ts';
import type {Brokers} from '../../brokers/brokers.ts';
import type {Deployment} from '../../testbed.ts';
import {lostError} from '../drive-errors.ts';
import type {SilenceWatch} from '../silence-watch.ts';
import type {StreamTable} from '../stream-table.ts';
import {BrokenWays} from './broken-ways.ts';
import type {Disturbances} from './disturbances.ts';

/** What ends or breaks unasked while a variant is driven. A site goes with its program, and with its broker. */
export class Losses {
	readonly #deployment: Deployment;
	readonly #brokers: Brokers | undefined;
	readonly #disturbances: Disturbances;
	readonly #silence: SilenceWatch;
	readonly #ways: BrokenWays;

	constructor(options: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly brokers: Brokers | undefined;
		readonly disturbances: Disturbances;
		readonly streams: StreamTable;
		readonly silence: SilenceWatch;
		readonly clock: Clock;
		/** The variant cannot go on. */
		readonly onError: (error: StreambedError) => void;
	}) {
		const {scenario, disturbances, streams, clock, onError} = options;
		this.#deployment = options.deployment;
		this.#brokers = options.brokers;
		this.#disturbances = disturbances;
		this.#silence = options.silence;
		// The warm-up's way may be any.
		const everywhere = Object.keys(scenario.topology.sites);
		this.#ways = new BrokenWays({
			clock,
			isExplained: ({streamIndex}) =>
				(streams.wayOf(streamIndex) ?? everywhere).some(site => disturbances.isLost(site)),
			onUnexplained: onError,
		});
	}

	/** A program (or, with no site, the whole testbed) ended. Throws NODE_LOST or HOLDER_LOST when the variant cannot go on. */
	ended(loss: {readonly site?: string; readonly reason: string}): void {
		const {site} = loss;
		if (site !== undefined) {
			this.#silence.forget(site);
		}
		if (!this.#disturbances.outlives(loss)) {
			throw lostError(loss);
		}
		if (site !== undefined) {
			this.#brokers?.lost(site);
			// Where its broker went first, its own program still runs.
			this.#deployment.send(site, {kind: 'exit'});
		}
	}

	/** Whether an event told of a loss, or came from a site that is lost: nobody else is to hear it then. Throws as `ended`. */
	hear(program: string, event: NodeEvent): boolean {
		const site = siteOfProgram(program);
		if (this.#disturbances.isLost(site)) {
			return true;
		}
		if (event.kind === 'stream-broken') {
			this.#ways.hear({...event, site});
			return true;
		}
		if (event.kind === 'failed' && this.#disturbances.mayGo(site)) {
			this.ended({site, reason: event.message});
			return true;
		}
		return false;
	}

	/** Waits for no loss any longer. Returns the error of what broke without one. */
	close(): StreambedError | undefined {
		return this.#ways.close();
	}
}
