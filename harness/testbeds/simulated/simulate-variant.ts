import {StreambedError} from '#core/errors.ts';
import {randomStream} from '#core/random.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {forwards} from '#core/scenario/forwards.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {BrainEvent} from '#proxies/runtime/messages.ts';
import {planLoad} from '#workload/load-plan.ts';
import {refuseForeign} from '../foreign/refuse-foreign.ts';
import type {SimulatedEnd, VariantEnd} from '../testbed.ts';
import {Engine} from './engine.ts';
import {FluidNetwork} from './fluid-network.ts';
import {priorities} from './priorities.ts';
import {SimulatedDisturbances} from './simulated-disturbances.ts';
import {SimulatedSampler} from './simulated-sampler.ts';
import {SimulatedStreams} from './simulated-streams.ts';
import {SiteLoad} from './site-load.ts';

/** More events than this never wait at once: requests that are to come, and a few for each stream. */
const pendingCountMax = 10_000_000;

/**
 * The whole life of one variant in virtual time, from its first request until the last chunk has arrived: the same brain and
 * the same records as on the emulated testbeds. The same scenario and seed give the same records on every machine.
 *
 * What ends a run before its time (the signal, a limit of the scenario) is in the outcome; programmer errors are thrown.
 */
export async function simulateVariant({
	scenario,
	seed,
	emit,
	signal,
}: {
	readonly scenario: Scenario;
	readonly seed: number;
	readonly emit: (record: RecordBody) => void;
	readonly signal: AbortSignal;
}): Promise<SimulatedEnd> {
	const simulation = new Simulation(scenario, emit);
	let end: VariantEnd = {outcome: 'completed', congestionControl: []};
	try {
		refuseForeign(scenario, {testbed: 'simulated', runs: 'nothing'});
		const requests = planLoad(scenario, randomStream(seed, 'load'));
		simulation.schedule(scenario.workload.replay ? requests : requests.map(onSharedGrid));
		await simulation.engine.run(signal);
	} catch (error) {
		if (!signal.aborted && !(error instanceof StreambedError)) {
			throw error;
		}
		end = {
			...end,
			...(signal.aborted ? {outcome: 'interrupted'} : {outcome: 'failed', failure: error as StreambedError}),
		};
	}
	simulation.settle(end);
	emit({
		kind: 'run.ended',
		t: simulation.engine.nowSeconds,
		outcome: end.outcome,
		...(end.failure ? {reason: end.failure.message} : {}),
	});
	return {...end, eventCount: simulation.engine.handledCount};
}

class Simulation {
	readonly engine: Engine;
	readonly #scenario: Scenario;
	readonly #emit: (record: RecordBody) => void;
	readonly #network: FluidNetwork;
	readonly #streams: SimulatedStreams;
	readonly #sampler: SimulatedSampler;
	readonly #disturbances: SimulatedDisturbances;
	#draining = false;

	constructor(scenario: Scenario, emit: (record: RecordBody) => void) {
		const {topology, limits} = scenario;
		this.#scenario = scenario;
		this.#emit = emit;
		this.engine = new Engine({eventCountMax: limits.eventCount, pendingCountMax});
		this.#network = new FluidNetwork({engine: this.engine, links: topology.links});
		const infrastructure = {engine: this.engine, network: this.#network, sites: siteLoads(scenario), topology};
		const brain = createBrain(scenario);
		const onDelivered = () => this.#endIfDrained();
		this.#streams = new SimulatedStreams({scenario, infrastructure, brain, emit, onDelivered});
		const tell = (event: BrainEvent) => this.#streams.tell(event);
		this.#disturbances = new SimulatedDisturbances({scenario, infrastructure, emit, tell});
		const workersAt = (site: string) => this.#disturbances.workersAt(site);
		this.#sampler = new SimulatedSampler({scenario, infrastructure, brain, emit, workersAt});
	}

	schedule(requests: readonly PlannedRequest[]): void {
		const {timing} = this.#scenario;
		this.#emit({kind: 'run.phase', t: 0, phase: 'drive', status: 'begun'});
		this.#disturbances.schedule();
		for (const request of requests) {
			this.engine.at(request.atSeconds, priorities.request, () => this.#streams.arrive(request));
		}
		this.engine.at(timing.driveSeconds, priorities.phase, () => this.#drain());
		this.#sampler.start();
	}

	settle({failure}: VariantEnd): void {
		this.#streams.settle(this.engine.nowSeconds, {complete: failure === undefined});
	}

	/** Waits for what is under way, at most as long as the scenario allows. */
	#drain(): void {
		const {driveSeconds, drainSeconds} = this.#scenario.timing;
		this.#emit({kind: 'run.phase', t: driveSeconds, phase: 'drive', status: 'done'});
		this.#emit({kind: 'run.phase', t: driveSeconds, phase: 'drain', status: 'begun'});
		this.#draining = true;
		this.engine.at(driveSeconds + drainSeconds, priorities.phase, () => this.#end());
		this.#endIfDrained();
	}

	#endIfDrained(): void {
		if (this.#draining && this.#streams.idle) {
			this.#end();
		}
	}

	#end(): void {
		this.#emit({kind: 'run.phase', t: this.engine.nowSeconds, phase: 'drain', status: 'done'});
		this.engine.stop();
	}
}

/** Routers only forward, and the consumer's buffers are never full: it keeps nothing. */
function siteLoads({topology, limits, timeScale}: Scenario): ReadonlyMap<string, SiteLoad> {
	// The limit is one of real bytes, and a scaled run has smaller chunks.
	const bufferedBytesMax = limits.bufferedBytesPerSite / timeScale;
	return new Map(
		Object.entries(topology.sites)
			.filter(([, {role}]) => !forwards(role))
			.map(([site]) => [site, new SiteLoad({site, bufferedBytesMax})]),
	);
}

/**
 * Instants that were drawn through logarithms and cosines may differ in their last bit from one machine to the next. In whole
 * nanoseconds they do not.
 */
function onSharedGrid(request: PlannedRequest): PlannedRequest {
	return {
		...request,
		atSeconds: wholeNs(request.atSeconds),
		durationSeconds: wholeNs(request.durationSeconds),
	};
}

function wholeNs(seconds: number): number {
	return Math.round(seconds * 1e9) / 1e9;
}
