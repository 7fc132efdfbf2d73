import {join} from 'node:path';
import {realClock} from '#core/clock.ts';
import {loadScenario} from '#core/scenario/load.ts';
import type {Seconds} from '#core/units.ts';
import {emulated} from '#testbeds/drive/emulated.ts';
import {namespacesTestbed} from '#testbeds/namespaces/namespaces-testbed.ts';

/** How long the three brokers of the tests' scenario take from the first command until the last one answers. */
export async function threeBrokersReady(
	folder: string,
	{kind}: {readonly kind: 'kafka' | 'rabbitmq' | 'nats'},
): Promise<Seconds> {
	const path = join(import.meta.dirname, '../fixtures/kafka-run.yaml');
	const set = [`stack.transport=${kind}`, `stack.broker.kind=${kind}`];
	const scenario = loadScenario(path, {set}).variants[0]?.scenario;
	if (!scenario) {
		throw new Error('the scenario of the tests has a variant');
	}
	await using run = await emulated(namespacesTestbed).prepare({
		scenario,
		seed: 1,
		label: `bench/${kind}/0`,
		logFolder: join(folder, 'logs'),
		onPhase() {},
		emit() {},
		clock: realClock,
		signal: AbortSignal.timeout(120_000),
	});
	return run.setupSeconds.brokers ?? Number.NaN;
}
