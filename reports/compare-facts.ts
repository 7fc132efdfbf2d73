import {median} from 'simple-statistics';
import type {Ratio, Seconds} from '#core/units.ts';
import type {DrawPair} from './compare-agreement.ts';
import type {MeasureUnit} from './measurement.ts';
import type {Delivery, VariantRun} from './run-data.ts';
import {meanOf} from './shown-runs.ts';

/** One recorded thing in which two draws of a scenario can differ, and that moves measures where they do. */
export type Fact = {
	readonly fact: string;
	readonly unit: MeasureUnit;
	/** Beginnings of the names of the measures that it moves. */
	readonly moves: readonly string[];
	/** A difference up to here is none. */
	readonly limit: number;
	/** `undefined` where a side did not record it. */
	readonly valuesOf: (pair: DrawPair) => {readonly a: number; readonly b: number} | undefined;
};

const movedByLatency = ['latency.', 'deadline.', 'resolution.', 'chunks.', 'streams.', 'recovery.', 'utilisation.'];

/** Each is taken from records alone. Where no link was measured there was none: a model has no headers and no errors of rate. */
export const facts: readonly Fact[] = [
	{
		fact: 'headers that links carry on top of the data',
		unit: 'ratio',
		moves: ['link.'],
		limit: 1e-4,
		valuesOf: ofEach(headerRatio),
	},
	{
		fact: 'largest error of a link’s rate',
		unit: 'ratio',
		moves: ['link.', 'latency.'],
		limit: 1e-4,
		valuesOf: ofEach(rateErrorRatio),
	},
	{
		fact: 'the same chunk, at the same resolution, before any change of a link: median transit',
		unit: 's',
		moves: movedByLatency,
		limit: 1e-3,
		valuesOf: likeTransits,
	},
	{
		fact: 'of that, headers in the transfers, where nothing is paced',
		unit: 's',
		moves: movedByLatency,
		limit: 1e-3,
		valuesOf: headerSeconds,
	},
	{
		fact: 'of that, what a model leaves out: slices that leave ahead of their time, stages and programs that wake up late, TCP',
		unit: 's',
		moves: movedByLatency,
		limit: 1e-3,
		valuesOf: restSeconds,
	},
	{
		fact: 'lateness of the sender, mean',
		unit: 's',
		moves: ['latency.e2eMs', 'deadline.'],
		limit: 1e-3,
		valuesOf: ofEach(({streams}) =>
			meanOf(streams.flatMap(({deliveries}) => deliveries.map(one => one.latencySeconds - one.transitSeconds))),
		),
	},
	{
		fact: 'event-loop lag of the slowest program, p99 of a second, mean, real time',
		unit: 'ms',
		moves: movedByLatency,
		limit: 0.01,
		valuesOf: ofEach(lagMs),
	},
	{
		fact: 'from a link’s change to its detection',
		unit: 's',
		moves: ['deadline.', 'chunks.', 'streams.', 'recovery.'],
		limit: 1e-6,
		valuesOf: ofEach(({changes}) => meanOf(changes.map(one => one.observedSeconds - one.requestedSeconds))),
	},
	{
		fact: 'share of its data that a chunk keeps (resolution squared), mean',
		unit: 'ratio',
		moves: ['throughput.', 'link.', 'proxy.', 'cost.'],
		limit: 1e-4,
		valuesOf: ofEach(({streams}) =>
			meanOf(streams.flatMap(({deliveries}) => deliveries.map(({resolutionRatio}) => resolutionRatio ** 2))),
		),
	},
	{
		fact: 'chunks that arrived',
		unit: 'count',
		moves: ['throughput.', 'link.', 'proxy.', 'cost.'],
		limit: 0,
		valuesOf: ofEach(({streams}) => streams.reduce((sum, {deliveries}) => sum + deliveries.length, 0)),
	},
];

function ofEach(taken: (run: VariantRun) => number | undefined): Fact['valuesOf'] {
	return pair => both(taken(pair.a), taken(pair.b));
}

function both(a: number | undefined, b: number | undefined): {readonly a: number; readonly b: number} | undefined {
	return a === undefined || b === undefined ? undefined : {a, b};
}

const calibrationOf = ({outcome}: VariantRun) => outcome?.calibration ?? [];

function headerRatio(run: VariantRun): Ratio {
	return (
		meanOf(
			calibrationOf(run).map(
				({measuredBitsPerSecond, goodputBitsPerSecond}) => measuredBitsPerSecond / goodputBitsPerSecond - 1,
			),
		) ?? 0
	);
}

function rateErrorRatio(run: VariantRun): Ratio {
	return Math.max(
		0,
		...calibrationOf(run).map(({measuredBitsPerSecond, askedBitsPerSecond}) =>
			Math.abs(measuredBitsPerSecond / askedBitsPerSecond - 1),
		),
	);
}

function lagMs({sites}: VariantRun): number {
	const means = sites.map(({samples}) =>
		meanOf(samples.filter(({t}) => t >= 0).map(({eventLoopLagMsP99}) => eventLoopLagMsP99)),
	);
	return Math.max(0, ...means.map(mean => mean ?? 0));
}

/** The median transit of the chunks that both delivered at one resolution while all links were as they began. */
function likeTransits({a, b}: DrawPair): {readonly a: Seconds; readonly b: Seconds} | undefined {
	const untilSeconds = Math.min(...[a, b].flatMap(({changes}) => changes.map(change => change.requestedSeconds)));
	const early = ({deliveries}: {readonly deliveries: readonly Delivery[]}) =>
		deliveries.filter(({t}) => t < untilSeconds);
	const pairs = a.streams.flatMap(stream => {
		const other = b.streams.find(one => one.stream === stream.stream);
		const bySequence = new Map((other ? early(other) : []).map(one => [one.sequence, one]));
		return early(stream).flatMap(one => {
			const same = bySequence.get(one.sequence);
			return same && Math.abs(same.resolutionRatio - one.resolutionRatio) < 0.005 ? [{one, same}] : [];
		});
	});
	return pairs.length === 0
		? undefined
		: {
				a: median(pairs.map(({one}) => one.transitSeconds)),
				b: median(pairs.map(({same}) => same.transitSeconds)),
			};
}

/** A paced sender sends data at its rate, whatever headers the link carries on top. */
function headerSeconds(pair: DrawPair): {readonly a: Seconds; readonly b: Seconds} | undefined {
	const transits = likeTransits(pair);
	if (!transits || pair.a.scenario.stack.sharing !== 'tcp') {
		return undefined;
	}
	const serviceSeconds = pair.a.scenario.workload.stages.reduce((sum, stage) => sum + stage.serviceSeconds, 0);
	const transferSeconds = Math.max(0, Math.min(transits.a, transits.b) - serviceSeconds);
	return {a: headerRatio(pair.a) * transferSeconds, b: headerRatio(pair.b) * transferSeconds};
}

/** What a chunk takes longer on real links than in a model of them, beyond the headers; of two real runs nothing is said. */
function restSeconds(pair: DrawPair): {readonly a: Seconds; readonly b: Seconds} | undefined {
	const transits = likeTransits(pair);
	const isModel = [pair.a, pair.b].map(run => calibrationOf(run).length === 0);
	if (!transits || isModel[0] === isModel[1]) {
		return undefined;
	}
	const headers = headerSeconds(pair) ?? {a: 0, b: 0};
	const longerSeconds = transits.b - headers.b - (transits.a - headers.a);
	return isModel[0] ? {a: 0, b: longerSeconds} : {a: -longerSeconds, b: 0};
}
