import assert from 'node:assert/strict';
import {realClock} from '#core/clock.ts';
import {randomStream} from '#core/random.ts';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {BrainEvent} from '#proxies/runtime/messages.ts';
import {preparePlacement} from '#proxies/runtime/placement.ts';
import type {BenchResult} from './bench-result.ts';
import {randomInfrastructure, randomRequest} from './placement-draws.ts';

/** How fast the brain thinks: one placement over 92 resources, and events of running streams. */
export async function placementBench(): Promise<BenchResult[]> {
	return [placementOver92(), brainEvents()];
}

const resourceCount = 92;

/** Requests whose limits lie between the tightest possible and those that do not bind, each solved ten times. */
function placementOver92(): BenchResult {
	const chance = randomStream(92, 'placement-bench');
	const solvedUs: number[] = [];
	const solvers = new Map<string, number>();
	for (let network = 0; network < 24; network++) {
		const infrastructure = randomInfrastructure(chance, resourceCount);
		const prepared = preparePlacement(infrastructure);
		for (let draw = 0; draw < 50; draw++) {
			const request = randomRequest(chance, prepared);
			prepared.solve(request);
			const startNs = realClock.nowNs();
			let answer = prepared.solve(request);
			for (let again = 1; again < 10; again++) {
				answer = prepared.solve(request);
			}
			// The first networks let the compiler see the code.
			if (network >= 4) {
				solvedUs.push(Number(realClock.nowNs() - startNs) / 10 / 1e3);
				const how = answer.feasible ? answer.solver : 'infeasible';
				solvers.set(how, (solvers.get(how) ?? 0) + 1);
			}
		}
	}
	solvedUs.sort((a, b) => a - b);
	const at = (share: number) => solvedUs[Math.floor(share * (solvedUs.length - 1))] as number;
	const mix = [...solvers].map(([how, count]) => `${count} ${how}`).join(', ');
	return {
		name: 'placement of one request, 3 stages over 92 resources, median',
		value: at(0.5),
		unit: 'µs',
		target: '≤ 100 µs',
		met: at(0.5) <= 100,
		detail: `${solvedUs.length} random requests on a prepared network: ${mix}; p90 ${at(0.9).toFixed(0)} µs, p99 ${at(0.99).toFixed(0)} µs`,
	};
}

/** Twelve streams of the chain of zamani2018; mostly chunks that arrive, now and then a link that changes or a stream that ends and comes anew. */
function brainEvents(): BenchResult {
	const chance = randomStream(12, 'brain-bench');
	const brain = createBrain(chainScenario());
	const running: string[] = [];
	const admit = (t: number, minimumResolutionRatio: number) => {
		for (const action of brain.handle(requestAt(t, minimumResolutionRatio))) {
			if (action.kind === 'accept') {
				running.push(action.stream);
			}
		}
	};
	for (const ratio of [1, 0.8, 0.6]) {
		for (let index = 0; index < 4; index++) {
			admit(0, ratio);
		}
	}
	assert.equal(running.length, 12);
	const eventCount = 400_000;
	let handled = 0;
	let actions = 0;
	let startNs = realClock.nowNs();
	for (let number = -eventCount / 4; number < eventCount; number++) {
		if (number === 0) {
			startNs = realClock.nowNs();
			[handled, actions] = [0, 0];
		}
		const t = 1000 + number;
		const what = chance.integer(100);
		if (what === 0) {
			actions += brain.handle({
				kind: 'link.changed',
				t,
				link: 'transit-core',
				rateBitsPerSecond: 600e6 + 1e8 * chance.next(),
			}).length;
		} else if (what === 1) {
			const stream = running.shift() as string;
			actions += brain.handle({kind: 'stream.ended', t, stream}).length;
			admit(t, 0.6);
			handled++;
		} else {
			const stream = running[chance.integer(running.length)] as string;
			const plannedSendSeconds = t - 25 + 5 * (chance.next() - 0.3);
			actions += brain.handle({kind: 'chunk.delivered', t, stream, sequence: number, plannedSendSeconds}).length;
		}
		handled++;
	}
	const seconds = Number(realClock.nowNs() - startNs) / 1e9;
	const value = handled / seconds;
	return {
		name: 'brain, twelve streams',
		value: Math.round(value),
		unit: 'events/s',
		target: '≥ 100,000 events/s',
		met: value >= 100_000,
		detail: `${handled} events, 98 % chunks, 1 % links that change, 1 % streams that end and come anew; ${actions} actions`,
	};
}

function requestAt(t: number, minimumResolutionRatio: number): BrainEvent {
	return {
		kind: 'request.arrived',
		t,
		request: {
			request: 'request',
			atSeconds: t,
			durationSeconds: Number.POSITIVE_INFINITY,
			minimumResolutionRatio,
			deadlineSeconds: 25,
			budgetUsdPerChunk: 1,
		},
	};
}

function chainScenario() {
	const link = (from: string, to: string, rate: string, distance: string) => ({
		name: `${from}-${to}`,
		between: [from, to],
		rate,
		distance,
	});
	return scenarioSchema.parse({
		streambed: 1,
		title: 'chain',
		topology: {
			sites: {
				observatory: {role: 'producer'},
				edge: {role: 'compute', workers: 10, tier: 'edge'},
				transit: {role: 'compute', workers: 20, tier: 'in-transit'},
				core: {role: 'compute', workers: 60, tier: 'core'},
				user: {role: 'consumer'},
			},
			links: [
				link('observatory', 'edge', '800Mbit/s', '50km'),
				link('edge', 'transit', '400Mbit/s', '500km'),
				link('transit', 'core', '700Mbit/s', '1000km'),
				link('core', 'user', '600Mbit/s', '1000km'),
			],
		},
		// No stream is stopped: the twelve are to stay twelve.
		stack: {quality: {missesBeforeStop: 1000}},
		workload: {requests: [{count: 1}]},
	});
}
