import {abortion} from '#core/abortion.ts';
import type {Clock, ScenarioTime} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {createBrain} from '#proxies/runtime/brain.ts';
import type {Brain, BrainEvent, PlannedRequest} from '#proxies/runtime/messages.ts';
import type {Brokers} from '../brokers/brokers.ts';
import type {Deployment, VariantEnd} from '../testbed.ts';
import type {Tunnels} from '../tunnels/tunnels.ts';
import {Agenda} from './agenda.ts';
import {arrivedRecord} from './allocation-records.ts';
import {unexpectedError} from './drive-errors.ts';
import type {Learned} from './federation/believed-links.ts';
import type {Coordinator} from './federation/coordinator.ts';
import {Disturbances} from './federation/disturbances.ts';
import {Losses} from './federation/losses.ts';
import {KernelWatch, sampleEverySeconds} from './kernel-watch.ts';
import type {PhaseLog} from './phase-log.ts';
import {ProgramEvents} from './program-events.ts';
import {SilenceWatch} from './silence-watch.ts';
import {StreamTable} from './stream-table.ts';
import {warmUpPath, warmUpPlans} from './warm-up.ts';

/** At the end of a drain in vain: two of the signs of life that each program gives once a second, and a half. Real time. */
const stallLimitSeconds = 2.5;

/**
 * Drives one variant: load and timeline by their plan, events of the programs to the brain, the brain's actions to the
 * programs, and a record of all of it.
 */
export class DriveSession {
	readonly #scenario: Scenario;
	readonly #deployment: Deployment;
	readonly #brokers: Brokers | undefined;
	readonly #tunnels: Tunnels | undefined;
	readonly #time: ScenarioTime;
	readonly #requests: readonly PlannedRequest[];
	readonly #clock: Clock;
	readonly #signal: AbortSignal;
	readonly #phases: PhaseLog;
	readonly #emit: (record: RecordBody) => void;
	readonly #brain: Brain;
	readonly #streams: StreamTable;
	readonly #programs: ProgramEvents;
	readonly #kernel: KernelWatch;
	readonly #coordinator: Coordinator;
	readonly #disturbances: Disturbances;
	readonly #losses: Losses;
	readonly #silence: SilenceWatch;
	readonly #failure = Promise.withResolvers<never>();
	readonly #interrupted: Promise<never>;
	readonly #agenda: Agenda;
	#drained: (() => void) | undefined;
	/** After the accounts are closed nothing more is heard. */
	#isOver = false;

	constructor(options: {
		readonly scenario: Scenario;
		readonly deployment: Deployment;
		readonly brokers: Brokers | undefined;
		readonly tunnels?: Tunnels | undefined;
		readonly coordinator: Coordinator;
		readonly time: ScenarioTime;
		readonly requests: readonly PlannedRequest[];
		readonly clock: Clock;
		readonly signal: AbortSignal;
		readonly phases: PhaseLog;
		readonly emit: (record: RecordBody) => void;
	}) {
		this.#scenario = options.scenario;
		this.#deployment = options.deployment;
		this.#brokers = options.brokers;
		this.#tunnels = options.tunnels;
		this.#time = options.time;
		this.#requests = options.requests;
		this.#clock = options.clock;
		this.#signal = options.signal;
		this.#phases = options.phases;
		this.#emit = options.emit;
		this.#silence = new SilenceWatch(options.clock, () => options.deployment.hosts ?? []);
		this.#brain = createBrain(options.scenario);
		this.#streams = new StreamTable({...options, onError: error => this.#failure.reject(error)});
		this.#coordinator = options.coordinator;
		this.#agenda = new Agenda({...options, onError: error => this.#failure.reject(error)});
		const tell = (event: BrainEvent) => this.#tell(event);
		const {believed} = options.coordinator;
		this.#disturbances = new Disturbances({...options, believed, tell, silence: this.#silence});
		const capacity = (link: string) => this.#disturbances.capacityBitsPerSecond(link);
		this.#kernel = new KernelWatch({...options, capacity});
		this.#programs = new ProgramEvents({
			...options,
			brain: this.#brain,
			streams: this.#streams,
			tell,
			workersAt: site => this.#disturbances.workersAt(site),
		});
		this.#losses = new Losses({
			...options,
			disturbances: this.#disturbances,
			streams: this.#streams,
			silence: this.#silence,
			onError: error => this.#failure.reject(error),
		});
		this.#failure.promise.catch(() => {});
		this.#interrupted = abortion(options.signal);
	}

	async run(): Promise<VariantEnd> {
		let end: Pick<VariantEnd, 'outcome' | 'failure'> = {outcome: 'completed'};
		try {
			this.#listen();
			await this.#warmUp();
			await this.#drive();
			await this.#orEnd(this.#kernel.seeCongestionControl());
			await this.#drain();
		} catch (error) {
			end = this.#signal.aborted
				? {outcome: 'interrupted'}
				: {outcome: 'failed', failure: error instanceof StreambedError ? error : unexpectedError(error)};
		}
		this.#agenda.callOff();
		this.#losses.close();
		this.#settle(end.failure);
		this.#isOver = true;
		return {...end, congestionControl: this.#kernel.congestionControl};
	}

	#listen(): void {
		this.#tunnels?.listen(record => this.#phases.emit(record));
		this.#deployment.onLost(loss => {
			if (!this.#isOver) {
				this.#guard(() => this.#losses.ended(loss));
			}
		});
		this.#deployment.onEvent((site, event) => {
			if (this.#isOver || this.#brokers?.hear(event) || this.#tunnels?.hear(site, event)) {
				return;
			}
			this.#guard(() => {
				if (!this.#losses.hear(site, event)) {
					this.#silence.hear(site);
					this.#coordinator.hear(site, event);
					this.#programs.hear(site, event);
				}
			});
			if (this.#drained && this.#programs.isDrained()) {
				this.#drained();
			}
		});
	}

	async #warmUp(): Promise<void> {
		this.#phases.begin('warm-up');
		for (const site of this.#coordinator.sites) {
			this.#deployment.send(site, {kind: 'start-clock', startNs: String(this.#time.startNs)});
		}
		this.#tunnels?.startClock(this.#time.startNs);
		this.#know(this.#coordinator.begin(this.#time.secondsAt(this.#clock.nowNs())));
		const endpoint: Deployment['endpoint'] = hop => this.#deployment.endpoint(hop);
		await warmUpPath({
			plans: warmUpPlans(this.#scenario, {endpoint, brokers: this.#brokers}),
			send: (site, command) => this.#deployment.send(site, command),
			drivingBegins: () => this.#until(0),
			arrivedCount: () => this.#programs.warmUpArrivedCount,
		});
		this.#phases.end('warm-up');
	}

	async #drive(): Promise<void> {
		this.#phases.begin('drive');
		for (const request of this.#requests) {
			this.#agenda.at(request.atSeconds, () => this.#arrive(request));
		}
		for (const event of this.#scenario.timeline) {
			this.#agenda.at(event.atSeconds, () => this.#disturbances.apply(event));
		}
		// Connections of streams that stop, and of programs that are not ours, are gone when driving ends.
		this.#agenda.at(this.#scenario.timing.driveSeconds / 4, () => this.#orEnd(this.#kernel.seeCongestionControl()));
		this.#agenda.every(sampleEverySeconds, () => this.#sample());
		if (this.#scenario.federation.measure === 'probe') {
			this.#watchLinks();
		}
		await this.#until(this.#scenario.timing.driveSeconds);
		this.#phases.end('drive');
	}

	/** Waits for what is under way, at most as long as the scenario allows. */
	async #drain(): Promise<void> {
		this.#phases.begin('drain');
		const {driveSeconds, drainSeconds} = this.#scenario.timing;
		const empty = new Promise<void>(resolve => {
			this.#drained = resolve;
		});
		if (!this.#programs.isDrained()) {
			await Promise.race([this.#orEnd(empty), this.#until(driveSeconds + drainSeconds)]);
			// What is still under way may hang on a way that broke, or at a site that stopped, too late for the usual watch.
			const stall = this.#losses.close() ?? this.#silence.check(stallLimitSeconds);
			if (stall && !this.#programs.isDrained()) {
				throw stall;
			}
		}
		if (this.#tunnels) {
			await this.#orEnd(this.#tunnels.closeAll());
		}
		this.#phases.end('drain');
	}

	#arrive(request: PlannedRequest): void {
		this.#emit(arrivedRecord(request, this.#scenario.timing.driveSeconds));
		this.#tell({kind: 'request.arrived', t: request.atSeconds, request});
	}

	/** Measures links anew while driving, until it ends; a probe that cannot finish fails the variant. */
	#watchLinks(): void {
		const ending = new AbortController();
		this.#agenda.defer(() => ending.abort());
		this.#coordinator
			.watch({
				time: this.#time,
				isLost: site => this.#disturbances.isLost(site),
				onLearned: learned => this.#guard(() => this.#know(learned)),
				signal: ending.signal,
			})
			.catch((error: unknown) => this.#failure.reject(error));
	}

	#know({records, events}: Learned): void {
		for (const record of records) {
			this.#emit(record);
		}
		for (const event of events) {
			this.#tell(event);
		}
	}

	/** Gives the brain an event and carries out what it answers. */
	#tell(event: BrainEvent): void {
		const opened = this.#streams.carryOut(this.#brain.handle(event), event.t);
		for (const {stream, endSeconds} of opened) {
			if (endSeconds < this.#scenario.timing.driveSeconds) {
				this.#agenda.at(endSeconds, () => this.#endStream(stream, endSeconds));
			}
		}
	}

	#endStream(stream: string, t: Seconds): void {
		if (this.#streams.forks.isRunning(stream)) {
			this.#tell({kind: 'stream.ended', t, stream});
		}
	}

	/** After the last event: what runs is complete, what never arrived is lost, each for its reason. */
	#settle(failure: StreambedError | undefined): void {
		const now = this.#time.secondsAt(this.#clock.nowNs());
		if (!failure) {
			for (const stream of this.#streams.forks.running()) {
				this.#guard(() => this.#streams.carryOut(this.#brain.handle({kind: 'stream.ended', t: now, stream}), now));
			}
		}
		this.#guard(() => this.#programs.recordLosses(now, failure?.code === 'NODE_LOST' ? 'node-lost' : 'not-delivered'));
	}

	#sample(): void {
		const silence = this.#silence.check();
		if (silence) {
			this.#failure.reject(silence);
		}
		this.#kernel.sample().then(
			records => {
				for (const record of this.#isOver ? [] : records) {
					this.#emit(record);
				}
			},
			(error: unknown) => this.#failure.reject(error),
		);
	}

	#guard(step: () => void): void {
		try {
			step();
		} catch (error) {
			this.#failure.reject(error);
		}
	}

	#until(scenarioSeconds: Seconds): Promise<void> {
		const seconds = Number(this.#time.instantNs(scenarioSeconds) - this.#clock.nowNs()) / 1e9;
		const ending = new AbortController();
		this.#agenda.defer(() => ending.abort());
		return this.#orEnd(this.#clock.sleep(seconds, AbortSignal.any([this.#signal, ending.signal])));
	}

	/** Waits for something, unless the variant fails or is interrupted before. */
	#orEnd<Result>(waiting: Promise<Result>): Promise<Result> {
		return Promise.race([waiting, this.#failure.promise, this.#interrupted]);
	}
}
