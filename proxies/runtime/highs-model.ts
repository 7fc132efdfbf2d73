import type {ModelData} from 'highs';
import {limitTolerance} from './placement-answer.ts';
import type {MetricName} from './placement-graph.ts';
import type {PlacementProblem} from './placement-problem.ts';

/** What is to be least, and what is not to exceed which value. */
export type PlacementAim = {
	readonly minimise: MetricName;
	readonly within: ReadonlyArray<{readonly metric: MetricName; readonly limit: number}>;
};

/** A mixed-integer program, and where the mapping stands in its solution. */
export type PlacementModel = {
	readonly data: ModelData;
	/** The columns that say which resource a stage is on: 1 for yes. */
	readonly mapped: ReadonlyArray<{
		readonly stageIndex: number;
		readonly resourceIndex: number;
		readonly columnIndex: number;
	}>;
};

/**
 * Section III of zamani2018 as a mixed-integer program. L_{i,j} is a 0/1 column for each stage and compute resource; each
 * product L_{i,j} · L_{i+1,k} is a column of its own, bound to its factors by rows: the products out of (i, j) sum up to
 * L_{i,j}, those into (i + 1, k) to L_{i+1,k}. Where no link leads, there is no product.
 *
 * It is built from the problem itself and shares nothing with the fast solver's graph. A column that alone breaks a limit
 * has no place in any solution and is left out, so that every coefficient of a limit, as a share of it, lies within 0–1.
 */
export function placementModel(problem: PlacementProblem, aim: PlacementAim): PlacementModel {
	const choices = choicesOf(problem).filter(({weights}) =>
		aim.within.every(({metric, limit}) => weights[metric] <= limit * (1 + limitTolerance)),
	);
	const greatest = choices.reduce((most, {weights}) => Math.max(most, weights[aim.minimise]), 0) || 1;
	const rows = [...structure(problem, choices), ...limitRows(choices, aim)];
	return {
		data: {
			numCols: choices.length,
			numRows: rows.length,
			colCost: choices.map(({weights}) => weights[aim.minimise] / greatest),
			colLower: choices.map(() => 0),
			colUpper: choices.map(() => 1),
			rowLower: rows.map(({low}) => low),
			rowUpper: rows.map(({high}) => high),
			matrix: {
				format: 'csr',
				numRows: rows.length,
				numCols: choices.length,
				starts: startsOf(rows),
				indices: rows.flatMap(({terms}) => terms.map(([column]) => column)),
				values: rows.flatMap(({terms}) => terms.map(([, value]) => value)),
			},
			// Products of 0/1 factors are 0 or 1 by their rows.
			integrality: choices.map(({kind}) => (kind === 'stage' ? 1 : 0)),
		},
		mapped: choices.flatMap((choice, column) => (choice.kind === 'stage' ? [{...choice, columnIndex: column}] : [])),
	};
}

type Choice = {readonly weights: Readonly<Record<MetricName, number>>} & (
	| {readonly kind: 'stage'; readonly stageIndex: number; readonly resourceIndex: number}
	/** What leaves stage `hopIndex` − 1 (the producer: hop 0) moves from one resource to another, or stays. */
	| {readonly kind: 'move'; readonly hopIndex: number; readonly fromIndex: number; readonly toIndex: number}
);

type Row = {
	readonly low: number;
	readonly high: number;
	readonly terms: ReadonlyArray<readonly [column: number, value: number]>;
};

function choicesOf(problem: PlacementProblem): readonly Choice[] {
	const {resources, stages, chunkBytes} = problem;
	const layers = layersOf(problem);
	const mapped = stages.flatMap(({taskCount}, stage) =>
		(layers[stage + 1] ?? []).map((resource): Choice => {
			const site = resources[resource];
			const seconds = site && 'tasksPerSecond' in site ? taskCount / site.tasksPerSecond : 0;
			const usd = seconds * (site?.computeUsdPerSecond ?? 0);
			return {kind: 'stage', stageIndex: stage, resourceIndex: resource, weights: {byteKm: 0, seconds, usd}};
		}),
	);
	const moved = chunkBytes.flatMap((bytes, hop) =>
		(layers[hop] ?? []).flatMap(from =>
			(layers[hop + 1] ?? []).flatMap((to): Choice[] => {
				const move = {kind: 'move', hopIndex: hop, fromIndex: from, toIndex: to} as const;
				const bitsPerSecond = problem.bitsPerSecond[from]?.[to] ?? 0;
				if (from === to) {
					return [{...move, weights: {byteKm: 0, seconds: 0, usd: 0}}];
				}
				const byteKm = bytes * (problem.distanceKm[from]?.[to] ?? 0);
				const usd = bytes * (problem.usdPerByte[from]?.[to] ?? 0);
				const weights = {byteKm, seconds: (bytes * 8) / bitsPerSecond, usd};
				return bitsPerSecond === 0 ? [] : [{...move, weights}];
			}),
		),
	);
	return [...mapped, ...moved];
}

/** The resources that each step of the way may stand on: the producer, then those that compute for each stage, the consumer. */
function layersOf({resources, stages}: PlacementProblem): ReadonlyArray<readonly number[]> {
	const compute = resources.flatMap((resource, index) => ('tasksPerSecond' in resource ? [index] : []));
	return [[0], ...stages.map(() => compute), [resources.length - 1]];
}

/** Each step stands on exactly one resource (equation 1), and moves lead from where one step stands to where the next does. */
function structure(problem: PlacementProblem, choices: readonly Choice[]): readonly Row[] {
	const stageAt = new Map<string, number>();
	const out = new Map<string, number[]>();
	const into = new Map<string, number[]>();
	for (const [column, choice] of choices.entries()) {
		if (choice.kind === 'stage') {
			stageAt.set(`${choice.stageIndex + 1}/${choice.resourceIndex}`, column);
		} else {
			push(out, `${choice.hopIndex}/${choice.fromIndex}`, column);
			push(into, `${choice.hopIndex + 1}/${choice.toIndex}`, column);
		}
	}
	const layers = layersOf(problem);
	return layers.flatMap((layer, step) => {
		const places = layer.map(resource => `${step}/${resource}`);
		const isStage = step > 0 && step < layers.length - 1;
		if (!isStage) {
			const moves = step === 0 ? out : into;
			return [equal(1, places.flatMap(place => moves.get(place) ?? []).map(term))];
		}
		const columns = places.flatMap(place => stageAt.get(place) ?? []);
		const bound = places.flatMap(place => {
			const stage = stageAt.get(place);
			const factor: Row['terms'] = stage === undefined ? [] : [[stage, -1]];
			return [out, into].map(moves => equal(0, [...(moves.get(place) ?? []).map(term), ...factor]));
		});
		return [equal(1, columns.map(term)), ...bound];
	});
}

/** Equations 4 and 5, each as a share of its limit. */
function limitRows(choices: readonly Choice[], {within}: PlacementAim): readonly Row[] {
	return within
		.filter(({limit}) => limit > 0)
		.map(({metric, limit}) => ({
			low: 0,
			high: 1 + limitTolerance,
			terms: choices.flatMap(({weights}, column): Row['terms'] =>
				weights[metric] === 0 ? [] : [[column, weights[metric] / limit]],
			),
		}));
}

function startsOf(rows: readonly Row[]): readonly number[] {
	const starts = [0];
	let length = 0;
	for (const {terms} of rows) {
		length += terms.length;
		starts.push(length);
	}
	return starts;
}

function equal(value: number, terms: Row['terms']): Row {
	return {low: value, high: value, terms};
}

function term(column: number): readonly [number, number] {
	return [column, 1];
}

function push(map: Map<string, number[]>, key: string, value: number): void {
	const known = map.get(key);
	if (known) {
		known.push(value);
	} else {
		map.set(key, [value]);
	}
}
