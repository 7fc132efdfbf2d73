import {readFile, writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {realClock} from '#core/clock.ts';
import type {BenchResult} from './bench-result.ts';
import {circumstances} from './circumstances.ts';
import {figuresTable, withFigures} from './figures-page.ts';

/**
 * Measures the marks, prints them, and puts them into docs/benchmarks.md.
 *
 * `--only NAME` runs one benchmark and leaves the figures of the others as they are. Ends with 1 when a mark is missed or a
 * benchmark fails, with 2 when there is none of that name.
 */

/** Loaded one by one, so that none shares its process's memory with code that it does not use. */
const benches: Readonly<Record<string, () => Promise<readonly BenchResult[]>>> = {
	// First: punctuality is measured in a process and on a machine that nothing has warmed or littered.
	'data-plane': async () => (await import('./data-plane-bench.ts')).dataPlaneBench(),
	placement: async () => (await import('./placement-bench.ts')).placementBench(),
	agreement: async () => (await import('./agreement-bench.ts')).agreementBench(),
	reference: async () => (await import('./reference-bench.ts')).referenceBench(),
	kafka: async () => (await import('./kafka-bench.ts')).kafkaBench(),
	rabbitmq: async () => (await import('./queues-bench.ts')).queuesBench('rabbitmq'),
	nats: async () => (await import('./queues-bench.ts')).queuesBench('nats'),
	links: async () => (await import('./links-bench.ts')).linksBench(),
	'data-servers': async () => (await import('./data-servers-bench.ts')).dataServersBench(),
	docker: async () => (await import('./docker-bench.ts')).dockerBench(),
	scistream: async () => (await import('./scistream-bench.ts')).scistreamBench(),
	'scaled-world': async () => (await import('./scaled-world-bench.ts')).scaledWorldBench(),
	sweep: async () => (await import('./sweep-bench.ts')).sweepBench(),
	simulation: async () => (await import('./simulation-bench.ts')).simulationBench(),
};

const page = new URL('../../docs/benchmarks.md', import.meta.url);

const {values} = parseArgs({options: {only: {type: 'string'}}});
const names = values.only === undefined ? Object.keys(benches) : [values.only];

for (const name of names) {
	await measure(name);
}

async function measure(name: string): Promise<void> {
	const bench = benches[name];
	if (!bench) {
		console.error(`There is no benchmark “${name}”, but ${Object.keys(benches).join(', ')}.`);
		process.exitCode = 2;
		return;
	}
	console.error(`${name} …`);
	try {
		const results = await bench();
		const figures = figuresTable(results, circumstances(realClock));
		console.log(`${name}\n\n${figures}\n`);
		await writeFile(page, withFigures(await readFile(page, 'utf8'), name, figures));
		if (results.length === 0 || results.some(({met}) => !met)) {
			process.exitCode = 1;
		}
	} catch (error) {
		console.error(`${name} failed:`, error);
		process.exitCode = 1;
	}
}
