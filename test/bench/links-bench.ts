import {join} from 'node:path';
import {median} from 'simple-statistics';
import {realClock} from '#core/clock.ts';
import type {SiteSetup, StreamPlan} from '#core/control/messages.ts';
import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Ms, Seconds} from '#core/units.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {HolderProcess} from '#testbeds/namespaces/holder-process.ts';
import {createNamespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';
import type {Deployment} from '#testbeds/testbed.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';
import type {BenchResult} from './bench-result.ts';

/** What the namespaces testbed costs, and how true its links are. As root and as an ordinary user it takes the same way. */
export async function linksBench(): Promise<BenchResult[]> {
	return [
		...(await bringUp({siteCount: 92, runs: 7, upMark: 0.4, downMark: 0.1})),
		...(await bringUp({siteCount: 500, runs: 3, upMark: 3})),
		...(await calibration()),
		await visibleStep(),
	];
}

async function bringUp({
	siteCount,
	runs,
	upMark,
	downMark,
}: {
	readonly siteCount: number;
	readonly runs: number;
	readonly upMark: Seconds;
	readonly downMark?: Seconds;
}): Promise<BenchResult[]> {
	const scenario = starScenario(siteCount);
	const [up, down]: [Seconds[], Seconds[]] = [[], []];
	for (let run = 0; run < runs; run++) {
		const stopwatch = startStopwatch();
		const holder = await HolderProcess.start(`bench ${siteCount}`, {
			listener: {event() {}, lost() {}},
			clock: realClock,
		});
		await holder.call('build', {plan: planTopology(scenario)});
		up.push(stopwatch());
		const downStopwatch = startStopwatch();
		await holder[Symbol.asyncDispose]();
		down.push(downStopwatch());
		// The kernel takes namespaces apart in the background; the next run is not to pay for this one.
		await realClock.sleep(siteCount / 100);
	}
	const marked = (name: string, values: readonly Seconds[], mark: Seconds): BenchResult => ({
		name: `${siteCount} sites behind 3 routers, ${name}`,
		value: median([...values]),
		unit: 's',
		target: `≤ ${mark} s`,
		met: median([...values]) <= mark,
		detail: `median of ${runs}, from ${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}; from nothing, both directions of each link shaped, no programs; uid ${process.getuid?.()}`,
	});
	return [marked('up', up, upMark), ...(downMark === undefined ? [] : [marked('down', down, downMark)])];
}

/** Sites in turn on one of three routers in a row. */
function starScenario(siteCount: number): Scenario {
	const sites = Array.from({length: siteCount}, (_, index) => `site-${index}`);
	const routers = ['router-0', 'router-1', 'router-2'];
	return scenarioSchema.parse({
		streambed: 1,
		title: `${siteCount} sites behind three routers`,
		topology: {
			sites: {
				...Object.fromEntries(routers.map(router => [router, {role: 'router'}])),
				...Object.fromEntries(sites.map((site, index) => [site, {role: index === 0 ? 'consumer' : 'producer'}])),
			},
			links: [
				{name: 'backbone-0', between: ['router-0', 'router-1'], rate: '10Gbit/s'},
				{name: 'backbone-1', between: ['router-1', 'router-2'], rate: '10Gbit/s'},
				...sites.map((site, index) => ({
					name: `access-${index}`,
					between: [site, routers[index % 3]],
					rate: '1Gbit/s',
				})),
			],
		},
		workload: {requests: [{}]},
	});
}

const program = join(import.meta.dirname, '../fixtures/site-program.ts');

const deploy = (scenario: Scenario): Promise<Deployment> =>
	createNamespacesTestbed({programs: {producer: program, compute: program, consumer: program}}).deploy({
		scenario,
		label: 'bench',
		signal: AbortSignal.timeout(120_000),
	});

/** How far a short calibration is from the asked rate, and what a window twenty times as long says of the same link. */
async function calibration(): Promise<BenchResult[]> {
	const results: BenchResult[] = [];
	for (const rate of ['10Mbit/s', '100Mbit/s', '1Gbit/s']) {
		await using deployment = await deploy(chainScenario({first: rate, second: rate}));
		const worstErrorRatio = async (secondsPerLink: Seconds) => {
			const links = await deployment.calibrate({secondsPerLink, signal: AbortSignal.timeout(120_000)});
			return Math.max(
				...links.map(({askedBitsPerSecond, measuredBitsPerSecond}) =>
					Math.abs(measuredBitsPerSecond / askedBitsPerSecond - 1),
				),
			);
		};
		const [short, long] = [await worstErrorRatio(0.4), await worstErrorRatio(4)];
		results.push({
			name: `calibrated rate of a link of ${rate}, error`,
			value: short * 100,
			unit: '%',
			target: '≤ 0.5 %',
			met: short <= 0.005,
			detail: `worst of two links and both directions, windows of 0.4 s; windows of 4 s: ${(long * 100).toFixed(3)} %`,
		});
	}
	return results;
}

/** From the planned instant of a drop to one fifth until the receiver's rate, in windows of 10 ms, has come down to the new one. */
async function visibleStep(): Promise<BenchResult> {
	const [before, after]: [BitsPerSecond, BitsPerSecond] = [500e6, 100e6];
	const stepsMs: Ms[] = [];
	for (let run = 0; run < 5; run++) {
		await using deployment = await deploy(chainScenario({second: '500Mbit/s'}));
		const windows: Array<{readonly atSeconds: Seconds; readonly bitsPerSecond: BitsPerSecond}> = [];
		const listening = Promise.withResolvers<void>();
		let lastSeconds: Seconds | undefined;
		deployment.onEvent((_site, event) => {
			if (event.kind === 'set-up') {
				listening.resolve();
			} else if (event.kind === 'chunk-arrived') {
				const atSeconds = event.arrivedSeconds;
				if (lastSeconds !== undefined) {
					windows.push({atSeconds, bitsPerSecond: (event.bytes * 8) / (atSeconds - lastSeconds)});
				}
				lastSeconds = atSeconds;
			}
		});
		const endpoint = deployment.endpoint({link: 'second', to: 'user'});
		deployment.send('user', {kind: 'setup', setup: {listenEndpoint: endpoint} as SiteSetup});
		await listening.promise;
		deployment.send('worker', {kind: 'open-stream', plan: {next: {link: 'second', endpoint}} as StreamPlan});
		await realClock.sleep(1);
		const plannedSeconds = Number(realClock.nowNs()) / 1e9;
		await deployment.changeRate({link: 'second', bitsPerSecond: after});
		await realClock.sleep(0.5);
		const steady = windows.filter(({atSeconds}) => atSeconds > plannedSeconds - 0.5 && atSeconds <= plannedSeconds);
		const fell = windows.find(
			({atSeconds, bitsPerSecond}) => atSeconds > plannedSeconds && bitsPerSecond <= 1.2 * after,
		);
		const wasFull = median(steady.map(({bitsPerSecond}) => bitsPerSecond)) > 0.8 * before;
		stepsMs.push(fell && wasFull ? (fell.atSeconds - plannedSeconds) * 1000 : Number.POSITIVE_INFINITY);
	}
	const value = median(stepsMs);
	return {
		name: 'a step of a link seen at the receiver',
		value,
		unit: 'ms',
		target: '≤ 100 ms',
		met: value <= 100,
		detail: `500 to 100 Mbit/s under a saturating transfer; median of ${stepsMs.length}, at worst ${Math.max(...stepsMs).toFixed(0)} ms`,
	};
}

function startStopwatch(): () => Seconds {
	const startNs = realClock.nowNs();
	return () => Number(realClock.nowNs() - startNs) / 1e9;
}
