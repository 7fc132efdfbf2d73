import {ScenarioTime} from '#core/clock.ts';
import {randomStream} from '#core/random.ts';
import type {Seconds} from '#core/units.ts';
import {planLoad} from '#workload/load-plan.ts';
import {Brokers} from '../brokers/brokers.ts';
import {requireBrokers} from '../brokers/require-brokers.ts';
import {refuseForeign} from '../foreign/refuse-foreign.ts';
import {refuseImages} from '../refuse-images.ts';
import type {EmulatedTestbed, RealTestbed, VariantRun, VariantRunOptions} from '../testbed.ts';
import {Tunnels} from '../tunnels/tunnels.ts';
import {failedError, lostError} from './drive-errors.ts';
import {DriveSession} from './drive-session.ts';
import {Coordinator} from './federation/coordinator.ts';
import {PhaseLog} from './phase-log.ts';
import {refuseSimulatedOnly} from './simulated-only.ts';
import {SiteAnswers} from './site-answers.ts';
import {siteSetups} from './site-setups.ts';
import {warmUpSubscriptions} from './warm-up.ts';

/** Real time that a site may take to prepare its frames. */
const setupLimitSeconds = 120;

/** A testbed that runs the real programs over links that a deployment shapes. */
export function emulated(testbed: EmulatedTestbed): RealTestbed {
	return {
		name: testbed.name,
		time: 'real',
		refuse(scenario) {
			refuseSimulatedOnly(scenario);
			refuseForeign(scenario, {testbed: testbed.name, runs: testbed.foreign ?? 'nothing'});
			if (!testbed.serversByImage) {
				refuseImages(scenario, testbed.name);
			}
			requireBrokers(scenario, {bringsPrograms: testbed.bringsPrograms ?? false});
		},
		prepare: options => prepareVariant(testbed, options),
	};
}

/** Provisions a variant: namespaces or containers, links, programs, frames. Rejects with nothing left behind. */
async function prepareVariant(testbed: EmulatedTestbed, options: VariantRunOptions): Promise<VariantRun> {
	const phases = new PhaseLog(options);
	phases.begin('provision');
	try {
		return await provision(testbed, {...options, phases});
	} catch (error) {
		giveUp(error, {...options, phases});
		throw error;
	}
}

async function provision(
	testbed: EmulatedTestbed,
	options: VariantRunOptions & {readonly phases: PhaseLog},
): Promise<VariantRun> {
	const {scenario, seed, label, logFolder, clock, signal, phases} = options;
	await using cleanup = new AsyncDisposableStack();
	const deployment = cleanup.use(await testbed.deploy({scenario, label, logFolder, signal}));
	const setups = siteSetups({scenario, seed, deployment});
	const brokers = Brokers.of({...options, deployment});
	// What is still waited for when the variant is over, or its set-up fails, would keep the process until its limit.
	const leaving = new AbortController();
	cleanup.defer(() => leaving.abort());
	const untilLeft = AbortSignal.any([signal, leaving.signal]);
	const tunnels = Tunnels.of({...options, deployment, signal: untilLeft});
	const coordinator = new Coordinator({scenario, deployment, clock, signal});
	const answers = new SiteAnswers('set-up', [...setups.keys()]);
	const brokerAnswers = new SiteAnswers('set-up', brokers?.programs ?? []);
	const tunnelAnswers = new SiteAnswers('set-up', tunnels?.programs ?? []);
	const joins = new SiteAnswers('join', [...setups.keys()]);
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => {});
	deployment.onLost(loss => failure.reject(lostError(loss)));
	deployment.onEvent((site, event) => {
		if (brokers?.hear(event)) {
			return;
		}
		if (event.kind === 'failed') {
			failure.reject(failedError(site, event));
		}
		try {
			coordinator.hear(site, event);
		} catch (error) {
			failure.reject(error);
		}
		joins.hear(site, event);
		answers.hear(site, event);
		brokerAnswers.hear(site, event);
		tunnelAnswers.hear(site, event);
	});
	const beganNs = clock.nowNs();
	const elapsedSeconds = () => Number(clock.nowNs() - beganNs) / 1e9;
	brokers?.setUp();
	await tunnels?.setUp();
	for (const [site, setup] of setups) {
		deployment.send(site, {kind: 'setup', setup});
	}
	const inTime = {clock, limitSeconds: setupLimitSeconds, signal: untilLeft};
	await Promise.race([Promise.all([joins.all(inTime), answers.all(inTime)]), failure.promise]);
	const setupSeconds: Record<string, Seconds> = {...deployment.setupSeconds, frames: elapsedSeconds()};
	if (brokers) {
		await Promise.race([brokerAnswers.all({...inTime, limitSeconds: brokers.readyLimitSeconds}), failure.promise]);
		// Servers of an image were started as the deployment was.
		setupSeconds.brokers = (deployment.setupSeconds.brokers ?? 0) + elapsedSeconds();
		await Promise.race([brokers.makeTopics(warmUpSubscriptions(scenario)), failure.promise]);
	}
	if (tunnels) {
		await Promise.race([tunnelAnswers.all(inTime), failure.promise]);
		setupSeconds.gateways = elapsedSeconds();
	}
	phases.end('provision');
	const kept = cleanup.move();
	return {
		setupSeconds,
		images: deployment.images ?? {},
		get hosts() {
			return deployment.hosts ?? [];
		},
		underlay: deployment.underlay ?? [],
		async calibrate() {
			phases.begin('calibrate');
			const calibration = await Promise.race([
				deployment.calibrate({secondsPerLink: scenario.timing.calibrateSeconds, signal}),
				failure.promise,
			]);
			await Promise.race([coordinator.measure(), failure.promise]);
			phases.end('calibrate');
			return calibration;
		},
		async drive(startNs) {
			const time = new ScenarioTime({startNs, timeScale: scenario.timeScale});
			phases.fix(time);
			const requests = planLoad(scenario, randomStream(seed, 'load'));
			const end = await new DriveSession({
				...options,
				deployment,
				brokers,
				tunnels,
				coordinator,
				time,
				requests,
				phases,
			}).run();
			phases.begin('release');
			await kept.disposeAsync();
			phases.end('release');
			phases.emit({kind: 'run.ended', outcome: end.outcome, ...(end.failure ? {reason: end.failure.message} : {})});
			return end;
		},
		giveUp: error => giveUp(error, options),
		[Symbol.asyncDispose]: () => kept.disposeAsync(),
	};
}

/** Records the end of a variant that never came to driving: its second 0 is the moment of giving up. */
function giveUp(
	error: unknown,
	{phases, scenario, clock, signal}: VariantRunOptions & {readonly phases: PhaseLog},
): void {
	phases.fix(new ScenarioTime({startNs: clock.nowNs(), timeScale: scenario.timeScale}));
	phases.emit({
		kind: 'run.ended',
		outcome: signal.aborted ? 'interrupted' : 'failed',
		reason: error instanceof Error ? error.message : String(error),
	});
}
