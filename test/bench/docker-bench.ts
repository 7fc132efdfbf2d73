import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {median} from 'simple-statistics';
import {realClock} from '#core/clock.ts';
import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';
import {deployContainers} from '#testbeds/docker/deploy-containers.ts';
import {startStopwatch} from '#testbeds/stopwatch.ts';
import {ContainerEngine} from '../support/container-engine.ts';
import type {BenchResult} from './bench-result.ts';

const siteCount = 20;
const runs = 3;

/** What the docker testbed costs beside the engine itself, which starts the same containers by its own client: one of its own, or DOCKER_HOST’s. */
export async function dockerBench(): Promise<BenchResult[]> {
	const {DOCKER_HOST: standing} = process.env;
	await using engine = standing === undefined ? await ContainerEngine.start() : ContainerEngine.at(standing);
	process.env.DOCKER_HOST = engine.host;
	const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
	const [up, down, bare]: [Seconds[], Seconds[], Seconds[]] = [[], [], []];
	try {
		// The first run warms the engine and is not counted.
		for (let run = 0; run <= runs; run++) {
			const stopwatch = startStopwatch(realClock);
			const deployment = await deployContainers({
				scenario: chainOf(siteCount),
				label: `bench-${run}`,
				logFolder: join(folder, `${run}`),
				signal: AbortSignal.timeout(120_000),
			});
			const upSeconds = stopwatch();
			await deployment[Symbol.asyncDispose]();
			const downSeconds = stopwatch();
			const bareSeconds = await bareContainers(engine);
			if (run > 0) {
				up.push(upSeconds);
				down.push(downSeconds);
				bare.push(bareSeconds);
			}
		}
	} finally {
		rmSync(folder, {recursive: true});
	}
	const overheadRatio = median(up) / median(bare) - 1;
	return [
		result({name: `${siteCount} containers with shaped links, up`, seconds: up, markSeconds: 8}),
		result({name: `${siteCount} containers with shaped links, down`, seconds: down, markSeconds: 4}),
		{
			name: `${siteCount} containers, more than the engine’s own client takes`,
			value: overheadRatio * 100,
			unit: '%',
			target: '≤ 20 %',
			met: overheadRatio <= 0.2,
			detail: `the same networks and containers by docker network and docker run, their agents and programs started: median of ${runs}, ${median(bare).toFixed(2)} s`,
		},
	];
}

function result({
	name,
	seconds,
	markSeconds,
}: {
	readonly name: string;
	readonly seconds: readonly Seconds[];
	readonly markSeconds: Seconds;
}): BenchResult {
	const value = median([...seconds]);
	return {
		name,
		value,
		unit: 's',
		target: `≤ ${markSeconds} s`,
		met: value <= markSeconds,
		detail: `median of ${runs}, from ${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}; a chain with a program of ours at every site, ready; ${siteCount - 1} networks`,
	};
}

/**
 * The same containers and networks by the engine's own client, as many at a time as the testbed starts, until each program says that it is
 * ready: what a careful shell script would do, without shaping anything.
 */
async function bareContainers(engine: ContainerEngine): Promise<Seconds> {
	const image = await engine.docker('images', '--quiet', 'streambed');
	const stopwatch = startStopwatch(realClock);
	const indexes = Array.from({length: siteCount}, (_, index) => index);
	await Promise.all(
		indexes
			.slice(1)
			.map(index => engine.docker('network', 'create', '--subnet', `198.19.200.${8 * index}/29`, `bare-${index}`)),
	);
	await Promise.all(
		indexes.map(async index => {
			const [first = '', second] = [index, index + 1]
				.filter(one => one > 0 && one < siteCount)
				.map(one => `bare-${one}`);
			const name = `bare-site-${index}`;
			await engine.docker(
				'create',
				'--interactive',
				'--name',
				name,
				'--network',
				first,
				image,
				'node',
				siteProgram(index),
			);
			if (second !== undefined) {
				await engine.docker('network', 'connect', second, name);
			}
			await engine.startUntil(name, '"ready"');
		}),
	);
	const seconds = stopwatch();
	await Promise.all(indexes.map(index => engine.docker('rm', '--force', `bare-site-${index}`)));
	await Promise.all(indexes.slice(1).map(index => engine.docker('network', 'rm', `bare-${index}`)));
	return seconds;
}

function siteProgram(index: number): string {
	const ends = {0: 'dist/harness/workload/producer.js', [siteCount - 1]: 'dist/harness/workload/consumer.js'};
	return ends[index] ?? 'dist/proxies/nodes/site-node.js';
}

/** Sites in a row, each link shaped. */
function chainOf(count: number): Scenario {
	const sites = Array.from({length: count}, (_, index) => `site-${index}`);
	const compute = {role: 'compute', tier: 'edge', workers: 1};
	return scenarioSchema.parse({
		streambed: 1,
		title: `${count} sites in a row`,
		topology: {
			sites: Object.fromEntries(
				sites.map((site, index) => [
					site,
					index === 0 ? {role: 'producer'} : index === count - 1 ? {role: 'consumer'} : compute,
				]),
			),
			links: sites
				.slice(1)
				.map((site, index) => ({name: `link-${index}`, between: [sites[index], site], rate: '100Mbit/s'})),
		},
		workload: {requests: [{}]},
	});
}
