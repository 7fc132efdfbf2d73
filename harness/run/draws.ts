import type {VariantOutcome} from '#core/records/run-document.ts';
import type {RecordBody, StreambedRecord} from '#core/records/schema.ts';
import type {LoadedScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Testbed, VariantEnd, VariantRun} from '#testbeds/testbed.ts';
import {Evidence} from './evidence.ts';
import {judge, worstVerdict} from './verdict.ts';

/** One repeat of one variant. */
export type Draw = {readonly variant: string; readonly repeat: number; readonly scenario: Scenario};

/** Every repeat of the first variant, then of the second, and so on. */
export function drawsOf({variants}: LoadedScenario): readonly Draw[] {
	return variants.flatMap(({variant, scenario}) =>
		Array.from({length: scenario.repeat}, (_, repeat) => ({variant, repeat, scenario})),
	);
}

/** Draws that are driven together: the variants of one repeat, or one after the other, as the scenario says. */
export function wavesOf({variants}: LoadedScenario): ReadonlyArray<readonly Draw[]> {
	const repeats = Math.max(...variants.map(({scenario}) => scenario.repeat));
	return Array.from({length: repeats}, (_, repeat) => {
		const draws = variants
			.filter(({scenario}) => repeat < scenario.repeat)
			.map(({variant, scenario}) => ({variant, repeat, scenario}));
		return draws[0]?.scenario.timing.variants === 'side-by-side' ? [draws] : draws.map(draw => [draw]);
	}).flat();
}

/** A draw under way: its records pass through `emit`, and what they show is kept for the verdict. */
export type DrawUnderWay = {
	readonly draw: Draw;
	readonly seed: number;
	readonly evidence: Evidence;
	readonly time: Testbed['time'];
	readonly emit: (record: RecordBody) => void;
};

/** Begins the records of a draw. */
export function beginDraw(
	draw: Draw,
	{write, testbed}: {readonly write: (record: StreambedRecord) => void; readonly testbed: Testbed},
): DrawUnderWay {
	const {variant, repeat, scenario} = draw;
	const evidence = new Evidence(scenario.timeScale);
	const emit = (body: RecordBody) => {
		evidence.hear(body);
		write({...body, variant, repeat} as StreambedRecord);
	};
	const seed = seedOf(draw);
	emit({kind: 'run.started', t: 0, seed, timeScale: scenario.timeScale, testbed: testbed.name});
	return {draw, seed, evidence, time: testbed.time, emit};
}

/** Every repeat of a variant has a seed of its own, which the variants share. */
export function seedOf({scenario, repeat}: Draw): number {
	return scenario.seed + repeat;
}

/** Judges a draw that has ended. */
export function outcomeOf(
	{draw, evidence, time}: DrawUnderWay,
	{outcome, failure, congestionControl}: VariantEnd,
	{
		setupSeconds,
		images,
		hosts,
		underlay,
	}: Pick<VariantRun, 'setupSeconds' | 'images' | 'hosts' | 'underlay'> = nothingStood,
): VariantOutcome {
	const reasons = judge({scenario: draw.scenario, evidence, time, outcome, failure, congestionControl});
	return {
		variant: draw.variant,
		repeat: draw.repeat,
		verdict: worstVerdict(reasons.map(({verdict}) => verdict)),
		reasons: [...reasons],
		calibration: [...evidence.calibration],
		setupSeconds: {...setupSeconds},
		congestionControl: [...congestionControl],
		...(Object.keys(images).length > 0 ? {images: {...images}} : {}),
		...(hosts.length > 0 ? {hosts: [...hosts]} : {}),
		...(underlay.length > 0 ? {underlay: [...underlay]} : {}),
	};
}

/** Of a model, and of a variant that was given up. */
const nothingStood = {setupSeconds: {}, images: {}, hosts: [], underlay: []} as const;
