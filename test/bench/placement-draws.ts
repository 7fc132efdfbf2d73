import assert from 'node:assert/strict';
import type {RandomStream} from '#core/random.ts';
import type {PreparedPlacement} from '#proxies/runtime/placement.ts';
import {
	type PlacementInfrastructure,
	type PlacementRequest,
	placementProblemSchema,
} from '#proxies/runtime/placement-problem.ts';

/** Sites scattered along a way of 2,000 km, every pair linked. */
export function randomInfrastructure(chance: RandomStream, resourceCount: number): PlacementInfrastructure {
	const within = (low: number, high: number) => low + (high - low) * chance.next();
	const places = Array.from({length: resourceCount}, (_, index) => {
		const share = index / (resourceCount - 1);
		return {x: index === 0 || share === 1 ? share * 2000 : within(0, 2000), y: within(0, 600)};
	});
	const matrix = (value: (from: number, to: number) => number) =>
		places.map((_, from) => places.map((__, to) => (from === to ? 0 : value(from, to))));
	const resources = places.map(({x}, index) => {
		if (index === 0 || index === resourceCount - 1) {
			return {name: `end-${index}`, tier: index === 0 ? 'producer' : 'consumer', computeUsdPerSecond: 0};
		}
		const tier = x < 667 ? 'edge' : x < 1333 ? 'in-transit' : 'core';
		return {name: `r${index}`, tier, tasksPerSecond: within(0.5, 3), computeUsdPerSecond: within(3e-6, 1e-5)};
	});
	return placementProblemSchema.parse({
		resources,
		bitsPerSecond: matrix(() => within(30e6, 300e6)),
		usdPerByte: matrix(() => [0, 1e-11, 9e-11][chance.integer(3)] as number),
		distanceKm: matrix((from, to) => {
			const [a, b] = [places[from], places[to]];
			assert(a && b);
			return Math.hypot(a.x - b.x, a.y - b.y);
		}),
		stages: [],
		chunkBytes: [0],
		deadlineSeconds: 1,
		budgetUsd: 1,
	});
}

/** One request in eight is loose; the others have limits between the best possible and what the shortest way takes. */
export function randomRequest(chance: RandomStream, prepared: PreparedPlacement): PlacementRequest {
	const within = (low: number, high: number) => low + (high - low) * chance.next();
	const loose: PlacementRequest = {
		stages: Array.from({length: 3}, () => ({taskCount: within(1, 7)})),
		chunkBytes: [1e7, within(2e6, 8e6), within(1e6, 5e6), within(1e6, 4e6)],
		deadlineSeconds: 1e6,
		budgetUsd: 1e6,
	};
	if (chance.integer(8) === 0) {
		return loose;
	}
	const shortest = prepared.solve(loose);
	const fastest = prepared.solve({...loose, deadlineSeconds: 1e-9});
	const cheapest = prepared.solve({...loose, budgetUsd: 0});
	assert(shortest.feasible && !fastest.feasible && !cheapest.feasible);
	return {
		...loose,
		deadlineSeconds: within(fastest.bestCompletionSeconds ?? 0, shortest.completionSeconds),
		budgetUsd: within(cheapest.bestCostUsd ?? 0, shortest.costUsd),
	};
}
