import {type Clock, ScenarioTime} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {randomStream} from '#core/random.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {RecordBody} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {MonotonicNs, Seconds} from '#core/units.ts';
import {planLoad} from '#workload/load-plan.ts';
import type {Testbed} from '../testbed.ts';
import {DriveSession} from './drive-session.ts';
import {lostError} from './lost-error.ts';
import {PhaseLog} from './phase-log.ts';
import {SiteAnswers} from './site-answers.ts';
import {siteSetups} from './site-setups.ts';

/** One variant of a scenario on an emulated testbed, from provisioning to release. */
export type VariantRun = AsyncDisposable & {
	calibrate(): Promise<readonly LinkCalibration[]>;
	/** Warms up, drives and drains; scenario second 0 is at `startNs`. Never rejects: what went wrong is in the outcome. */
	drive(startNs: MonotonicNs): Promise<VariantEnd>;
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
};

export type VariantEnd = {
	readonly outcome: 'completed' | 'interrupted' | 'failed';
	readonly failure?: StreambedError;
	/** As the kernel reports it for the programs' connections. */
	readonly congestionControl: readonly string[];
};

export type VariantRunOptions = {
	readonly testbed: Testbed;
	readonly scenario: Scenario;
	readonly seed: number;
	readonly label: string;
	readonly emit: (record: RecordBody) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** Real time that a site may take to prepare its frames. */
const setupLimitSeconds = 120;

/** Provisions a variant: namespaces or containers, links, programs, frames. Rejects with nothing left behind. */
export async function prepareVariant(options: VariantRunOptions): Promise<VariantRun> {
	const {testbed, scenario, seed, label, clock, signal} = options;
	const phases = new PhaseLog(options);
	phases.begin('provision');
	await using cleanup = new AsyncDisposableStack();
	const deployment = cleanup.use(await testbed.deploy({scenario, label, signal}));
	const setups = siteSetups({scenario, seed, deployment});
	const answers = new SiteAnswers('set-up', [...setups.keys()]);
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => {});
	deployment.onLost(loss => failure.reject(lostError(loss)));
	deployment.onEvent((site, event) => {
		if (event.kind === 'failed') {
			failure.reject(
				new StreambedError(
					'NODE_LOST',
					`${site}: ${event.message}`,
					event.hint === undefined ? {} : {hint: event.hint},
				),
			);
		}
		answers.hear(site, event);
	});
	const beganNs = clock.nowNs();
	for (const [site, setup] of setups) {
		deployment.send(site, {kind: 'setup', setup});
	}
	await Promise.race([answers.all({clock, limitSeconds: setupLimitSeconds, signal}), failure.promise]);
	const framesSeconds = Number(clock.nowNs() - beganNs) / 1e9;
	phases.end('provision');
	const kept = cleanup.move();
	return {
		setupSeconds: {...deployment.setupSeconds, frames: framesSeconds},
		async calibrate() {
			phases.begin('calibrate');
			const calibration = await Promise.race([
				deployment.calibrate({secondsPerLink: scenario.timing.calibrateSeconds, signal}),
				failure.promise,
			]);
			phases.end('calibrate');
			return calibration;
		},
		async drive(startNs) {
			const time = new ScenarioTime({startNs, timeScale: scenario.timeScale});
			phases.fix(time);
			const requests = planLoad(scenario, randomStream(seed, 'load'));
			const end = await new DriveSession({...options, deployment, time, requests, phases}).run();
			phases.begin('release');
			await kept.disposeAsync();
			phases.end('release');
			phases.emit({kind: 'run.ended', outcome: end.outcome, ...(end.failure ? {reason: end.failure.message} : {})});
			return end;
		},
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}
