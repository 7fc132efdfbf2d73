import assert from 'node:assert/strict';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes, Ratio, Seconds} from '#core/units.ts';
import type {Acceptance, LinkRate} from '#proxies/runtime/messages.ts';
import {type Leg, legRates, legsOf} from '../drive/stream-plans.ts';
import type {Chunk, Station} from './chunk.ts';
import type {Engine} from './engine.ts';
import type {FluidNetwork} from './fluid-network.ts';
import {LegSender} from './leg-sender.ts';
import type {SiteLoad} from './site-load.ts';
import {StageWorker} from './stage-worker.ts';

/** What every stream of a simulation stands on. */
export type Infrastructure = {
	readonly engine: Engine;
	readonly network: FluidNetwork;
	/** Of every site that runs a program. */
	readonly sites: ReadonlyMap<string, SiteLoad>;
	readonly topology: Scenario['topology'];
};

/** The way of one stream: senders and stage workers in a row, from the producer to the consumer. */
export class StreamPipeline {
	readonly #quality: Scenario['stack']['quality'];
	readonly #producer: SiteLoad;
	readonly #legs: readonly Leg[];
	readonly #senders = new Map<string, LegSender>();
	readonly #stations: Station[] = [];
	#resolutionRatio: Ratio;

	constructor({
		infrastructure,
		quality,
		acceptance,
		rates,
		onReached,
		onDelivered,
	}: {
		readonly infrastructure: Infrastructure;
		readonly quality: Scenario['stack']['quality'];
		readonly acceptance: Pick<Acceptance, 'path' | 'placement' | 'resolutionRatio'>;
		readonly rates: readonly LinkRate[];
		/** A chunk has come to a stage; called only where each stage checks. */
		readonly onReached: (stageIndex: number, chunk: Chunk) => void;
		readonly onDelivered: (chunk: Chunk) => void;
	}) {
		const {engine, sites, topology} = infrastructure;
		const checksEachStage = quality.checks === 'each-stage';
		this.#quality = quality;
		this.#resolutionRatio = acceptance.resolutionRatio;
		this.#legs = legsOf(acceptance.path, topology.sites);
		const caps = legRates(this.#legs, rates);
		// From the consumer back, so that each station knows the one after it.
		let next = onDelivered;
		const put = (station: Station) => {
			this.#stations.unshift(station);
			next = chunk => station.accept(chunk);
		};
		for (const leg of this.#legs.toReversed()) {
			const capBitsPerSecond = caps.get(leg.from) ?? Number.POSITIVE_INFINITY;
			const sender = new LegSender({...wayOf(leg, infrastructure), capBitsPerSecond, next});
			this.#senders.set(leg.from, sender);
			put(sender);
			for (const [index, {site, serviceSeconds, output}] of [...acceptance.placement.entries()].toReversed()) {
				if (site === leg.from) {
					const reduceTo = index === 0 || checksEachStage ? () => this.#resolutionRatio : undefined;
					put(new StageWorker({engine, site: loadOf(sites, site), serviceSeconds, reduceTo, output, next}));
					if (checksEachStage) {
						put(checkpoint({onReached: chunk => onReached(index, chunk), next}));
					}
				}
			}
		}
		this.#producer = loadOf(sites, this.#legs[0]?.from);
	}

	/** The producer hands a chunk over, raw unless it may reduce. Returns the bytes that it sends. */
	produce({
		sequence,
		plannedSeconds,
		rawBytes,
	}: {
		readonly sequence: number;
		readonly plannedSeconds: Seconds;
		readonly rawBytes: Bytes;
	}): Bytes {
		const resolutionRatio = this.#quality.producerReduces ? this.#resolutionRatio : 1;
		const bytes = rawBytes * resolutionRatio ** 2;
		this.#producer.take(bytes);
		this.#stations[0]?.accept({sequence, plannedSeconds, rawBytes, bytes, resolutionRatio, following: undefined});
		return bytes;
	}

	setRates(rates: readonly LinkRate[]): void {
		for (const [site, bitsPerSecond] of legRates(this.#legs, rates)) {
			this.#senders.get(site)?.setCap(bitsPerSecond);
		}
	}

	/** Holds for every chunk whose first service ends from now on. */
	setResolution(resolutionRatio: Ratio): void {
		this.#resolutionRatio = resolutionRatio;
	}

	/** Drops all that is under way. */
	close(): void {
		for (const station of this.#stations) {
			station.close();
		}
	}
}

/** Lets every chunk pass at once, and tells of it. */
function checkpoint({
	onReached,
	next,
}: {
	readonly onReached: (chunk: Chunk) => void;
	readonly next: (chunk: Chunk) => void;
}): Station {
	return {
		accept(chunk) {
			onReached(chunk);
			next(chunk);
		},
		close() {},
	};
}

function wayOf(leg: Leg, {engine, network, sites, topology}: Infrastructure) {
	let from = leg.from;
	const channels = leg.links.map(link => {
		const channel = network.channel(link, from);
		from = channel.to;
		return channel;
	});
	return {
		engine,
		network,
		from: loadOf(sites, leg.from),
		to: topology.sites[leg.to]?.role === 'consumer' ? undefined : loadOf(sites, leg.to),
		channels,
		delaySeconds: channels.reduce((sum, {delaySeconds}) => sum + delaySeconds, 0),
	};
}

function loadOf(sites: ReadonlyMap<string, SiteLoad>, site: string | undefined): SiteLoad {
	const load = sites.get(site ?? '');
	assert(load, `no program runs at ${site}`);
	return load;
}
