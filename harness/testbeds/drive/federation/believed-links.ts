import assert from 'node:assert/strict';
import type {LinkMeasurement} from '#core/measurements/link-measurement.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Federation, ScenarioLink} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes, Ratio, Seconds} from '#core/units.ts';
import type {BrainEvent} from '#proxies/runtime/messages.ts';

/** One direction of a link. */
export type Direction = {readonly link: string; readonly from: string};

/** How a measurement came about; traffic is a probe's, and its share of what the link carries from round to round. */
export type MeasurementOrigin = Direction & {
	readonly source: 'probe' | 'file';
	readonly traffic?: {readonly bytes: Bytes; readonly shareRatio: Ratio};
};

type Belief = {measurement: LinkMeasurement; changedSeconds: Seconds | undefined};

/**
 * What the control takes the links to be, direction by direction: at first what the scenario says of them, then what was
 * measured. Pure state: what is learned comes back as records and as events for the brain.
 */
export class BelievedLinks {
	readonly #changeRatio: Ratio;
	readonly #beliefs = new Map<string, Belief>();

	constructor({links, federation}: {readonly links: readonly ScenarioLink[]; readonly federation: Federation}) {
		this.#changeRatio = federation.changeRatio;
		for (const {name, between, rateBitsPerSecond} of links) {
			for (const from of between) {
				this.#beliefs.set(keyOf({link: name, from}), {
					measurement: exactly(rateBitsPerSecond),
					changedSeconds: undefined,
				});
			}
		}
	}

	held(direction: Direction): LinkMeasurement {
		return this.#belief(direction).measurement;
	}

	/** The first measurement of a direction, which is believed whatever it says. */
	adopt(measurement: LinkMeasurement, origin: MeasurementOrigin, t: Seconds): Learned {
		this.#belief(origin).measurement = measurement;
		return {records: [measuredRecord(measurement, origin, t)], events: [changedEvent(measurement, origin, t)]};
	}

	/** A later one: news only where it differs by more than the scenario's `change`, and beyond its own interval. */
	learn(measurement: LinkMeasurement, origin: MeasurementOrigin, t: Seconds): Learned {
		const belief = this.#belief(origin);
		const {link, from} = origin;
		const {bitsPerSecond, lowBitsPerSecond, highBitsPerSecond} = measurement;
		const previousBitsPerSecond = belief.measurement.bitsPerSecond;
		const measured = measuredRecord(measurement, origin, t);
		const isFar = Math.abs(bitsPerSecond - previousBitsPerSecond) > this.#changeRatio * previousBitsPerSecond;
		const isWithin = lowBitsPerSecond <= previousBitsPerSecond && previousBitsPerSecond <= highBitsPerSecond;
		if (!isFar || isWithin) {
			return {records: [measured], events: []};
		}
		const {changedSeconds} = belief;
		belief.measurement = measurement;
		belief.changedSeconds = undefined;
		const detected: RecordBody = {
			kind: 'link.detected',
			t,
			link,
			from,
			bitsPerSecond,
			previousBitsPerSecond,
			...(changedSeconds === undefined ? {} : {detectionSeconds: t - changedSeconds}),
		};
		return {records: [measured, detected], events: [changedEvent(measurement, origin, t)]};
	}

	/** Both directions of a link changed at this instant, which the control does not know: the time to detection begins. */
	changed(link: string, t: Seconds): void {
		for (const [key, belief] of this.#beliefs) {
			if (key.startsWith(`${link}/`)) {
				belief.changedSeconds = t;
			}
		}
	}

	#belief(direction: Direction): Belief {
		const belief = this.#beliefs.get(keyOf(direction));
		assert(belief, `no link ${direction.link} begins at ${direction.from}`);
		return belief;
	}
}

export type Learned = {readonly records: readonly RecordBody[]; readonly events: readonly BrainEvent[]};

/** A rate that was told: nothing is uncertain about it. */
function exactly(bitsPerSecond: BitsPerSecond): LinkMeasurement {
	return {bitsPerSecond, lowBitsPerSecond: bitsPerSecond, highBitsPerSecond: bitsPerSecond, windowCount: 0};
}

function keyOf({link, from}: Direction): string {
	return `${link}/${from}`;
}

function measuredRecord(
	measurement: LinkMeasurement,
	{link, from, source, traffic}: MeasurementOrigin,
	t: Seconds,
): RecordBody {
	return {kind: 'link.measured', t, link, from, source, ...measurement, ...traffic};
}

function changedEvent({bitsPerSecond}: LinkMeasurement, {link, from}: Direction, t: Seconds): BrainEvent {
	return {kind: 'link.changed', t, link, from, rateBitsPerSecond: bitsPerSecond};
}
