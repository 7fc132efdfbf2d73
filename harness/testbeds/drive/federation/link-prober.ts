import type {Clock, ScenarioTime} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {type LinkMeasurement, measurementOf, windowCountMin} from '#core/measurements/link-measurement.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes, Ratio, Seconds} from '#core/units.ts';
import type {Deployment} from '../../testbed.ts';
import type {BelievedLinks, Direction} from './believed-links.ts';
import {PassingRound} from './passing-round.ts';

export type Probed = {
	readonly direction: Direction;
	readonly measurement: LinkMeasurement;
	readonly bytes: Bytes;
	/** Of what the link carries, as measured, from one round to the next. */
	readonly shareRatio: Ratio;
};

/** At the joining a link is idle and each payload gets so long, real time; it doubles for a link that takes longer to fill. */
const joinTrainSeconds: Seconds = 0.06;
const joinAttemptsMax = 4;
/** What the sending program writes at a time, as time on the link, from train to train. */
const payloads: readonly Seconds[] = [0.0001, 0.0002, 0.0004];
/** One full segment. */
const payloadBytesMin: Bytes = 1448;
/** As much of a train may be on its way, as time on the link and in segments: a queue has to outlast a pause of the sender. */
const joinInFlightSeconds: Seconds = 0.01;
const inFlightSeconds: Seconds = 0.004;
const inFlightSegments = 8;
/** A train in passing asks for less than its share: its last write, and headers, come on top. */
const passingShareRatio: Ratio = 0.95;
/** So many rounds in a row may end without two windows: the link was too busy to be filled by so little. */
const missesMax = 3;

/** Measures links with traffic of its own: at length when nodes join, in passing while streams run. */
export class LinkProber {
	readonly #scenario: Scenario;
	readonly #deployment: Deployment;
	readonly #believed: BelievedLinks;
	readonly #clock: Clock;
	readonly #signal: AbortSignal;
	readonly #misses = new Map<string, number>();

	constructor(options: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly believed: BelievedLinks;
		readonly clock: Clock;
		readonly signal: AbortSignal;
	}) {
		this.#scenario = options.scenario;
		this.#deployment = options.deployment;
		this.#believed = options.believed;
		this.#clock = options.clock;
		this.#signal = options.signal;
	}

	/** Every link in both directions, several trains each with another payload. Rejects with TIMED_OUT when one cannot be filled. */
	async measureAll(): Promise<readonly Probed[]> {
		const all: Probed[] = [];
		for (const direction of this.#directions()) {
			all.push(await this.#measureAtLength(direction));
		}
		return all;
	}

	/**
	 * Rounds of short probes at every multiple of the period, until the signal is aborted or one fails. Never resolves by itself.
	 * Links at sites that are lost are passed over.
	 */
	async watch({
		time,
		isLost,
		onProbed,
		signal,
	}: {
		readonly time: ScenarioTime;
		readonly isLost: (site: string) => boolean;
		readonly onProbed: (probed: Probed) => void;
		readonly signal: AbortSignal;
	}): Promise<never> {
		const {probeEverySeconds} = this.#scenario.federation;
		for (let round = 1; ; round++) {
			const dueNs = time.instantNs(round * probeEverySeconds);
			await this.#clock.sleep(Number(dueNs - this.#clock.nowNs()) / 1e9, signal);
			for (const direction of this.#directions(isLost)) {
				signal.throwIfAborted();
				const probed = await this.#measureInPassing(direction, payloads[round % payloads.length] as Seconds);
				if (probed) {
					onProbed(probed);
				}
			}
		}
	}

	#directions(isLost: (site: string) => boolean = () => false): readonly Direction[] {
		return this.#scenario.topology.links
			.filter(({between}) => !between.some(isLost))
			.flatMap(({name, between}) => between.map(from => ({link: name, from})));
	}

	async #measureAtLength(direction: Direction): Promise<Probed> {
		let seconds = joinTrainSeconds;
		for (let attempt = 0; attempt < joinAttemptsMax; attempt++, seconds *= 2) {
			const windows: BitsPerSecond[] = [];
			let bytes: Bytes = 0;
			for (const payloadSeconds of payloads) {
				const probe = await this.#probe(direction, {
					payloadSeconds,
					busySecondsMax: seconds,
					inFlightSeconds: joinInFlightSeconds,
				});
				windows.push(...probe.windowsBitsPerSecond);
				bytes += probe.bytes;
			}
			if (windows.length >= windowCountMin) {
				return this.#probed(direction, measurementOf(windows), bytes);
			}
		}
		throw new StreambedError(
			'TIMED_OUT',
			`${joinAttemptsMax} probes of ${direction.link} from ${direction.from}, the last of ${seconds / 2} s a payload, never filled it`,
			{hint: 'the link is faster than this machine can fill, or its delay is long: use federation.measure: told'},
		);
	}

	async #measureInPassing(direction: Direction, payloadSeconds: Seconds): Promise<Probed | undefined> {
		const {federation, timeScale} = this.#scenario;
		const busySecondsMax = federation.probeEverySeconds * timeScale * federation.probeShareRatio * passingShareRatio;
		const key = `${direction.link}/${direction.from}`;
		const round = new PassingRound({
			shareSeconds: busySecondsMax,
			believedBitsPerSecond: this.#believed.held(direction).bitsPerSecond,
		});
		for (let seconds = round.nextTrainSeconds(); seconds !== undefined; seconds = round.nextTrainSeconds()) {
			round.add(await this.#probe(direction, {payloadSeconds, busySecondsMax: seconds, inFlightSeconds}));
		}
		const measurement = round.measurement();
		if (measurement) {
			this.#misses.delete(key);
			return this.#probed(direction, measurement, round.bytes);
		}
		const misses = (this.#misses.get(key) ?? 0) + 1;
		this.#misses.set(key, misses);
		if (misses === missesMax) {
			throw new StreambedError(
				'TIMED_OUT',
				`${missesMax} rounds in a row of probes of ${direction.link} from ${direction.from}, trains of ${busySecondsMax} s, never filled it`,
				{hint: 'raise federation.probeEvery: a longer period allows longer trains'},
			);
		}
		return undefined;
	}

	#probed(direction: Direction, measurement: LinkMeasurement, bytes: Bytes): Probed {
		const {federation, timeScale} = this.#scenario;
		const carriedBytes = (measurement.bitsPerSecond / 8) * federation.probeEverySeconds * timeScale;
		return {direction, measurement, bytes, shareRatio: bytes / carriedBytes};
	}

	/** One train. Rejects with TIMED_OUT at the limit of the scenario. */
	async #probe(
		direction: Direction,
		asked: {readonly payloadSeconds: Seconds; readonly busySecondsMax: Seconds; readonly inFlightSeconds: Seconds},
	) {
		if (!this.#deployment.probe) {
			throw new StreambedError('KERNEL_LACKS', 'this testbed cannot probe its links', {
				hint: 'use federation.measure: told or file, or the testbed namespaces',
			});
		}
		const {probeLimitSeconds} = this.#scenario.federation;
		const bytesPerSecond = this.#believed.held(direction).bitsPerSecond / 8;
		const train = {
			payloadBytes: Math.max(payloadBytesMin, Math.ceil(bytesPerSecond * asked.payloadSeconds)),
			inFlightBytesMax: Math.max(inFlightSegments * payloadBytesMin, Math.ceil(bytesPerSecond * asked.inFlightSeconds)),
			bytesMax: Math.ceil(bytesPerSecond * asked.busySecondsMax),
			busySecondsMax: asked.busySecondsMax,
		};
		const limit = new AbortController();
		const cancel = this.#clock.after(probeLimitSeconds, () =>
			limit.abort(
				new StreambedError(
					'TIMED_OUT',
					`the probe of ${direction.link} from ${direction.from} did not end within ${probeLimitSeconds} s`,
					{hint: 'the machine is too busy, or federation.probeLimit too short'},
				),
			),
		);
		try {
			return await this.#deployment.probe({...direction, ...train}, AbortSignal.any([this.#signal, limit.signal]));
		} finally {
			cancel();
		}
	}
}
