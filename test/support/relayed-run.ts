import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseScenario} from '#core/scenario/load.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {staticImage} from './import-image.ts';

/** Two streams through a relay that is not ours. */
export const relayedRun = fileURLToPath(new URL('../fixtures/relayed-run.yaml', import.meta.url));

/** Settings that make that relay a container of the image of one static program; values in place of these, where they are given. */
export function relaySettings(values: Readonly<Record<string, unknown>> = {}): readonly string[] {
	const settings: Readonly<Record<string, unknown>> = {
		image: staticImage,
		command: ['/busybox', 'nc', '-ll', '-p', `\${here.port}`, '-e', '/busybox', 'nc', `\${next.host}`, `\${next.port}`],
		...values,
	};
	return Object.entries(settings).flatMap(([key, value]) =>
		value === undefined ? [] : [`topology.sites.relay.${key}=${JSON.stringify(value)}`],
	);
}

/** The scenario with such settings, and others. A relay whose command is undefined has none. */
export function relayedScenario(values: Readonly<Record<string, unknown>>, others: readonly string[] = []): Scenario {
	const text = readFileSync(relayedRun, 'utf8').replace(/ {6}command: .*\n/, '');
	const [variant] = parseScenario(text, relayedRun, {set: [...relaySettings(values), ...others]}).variants;
	if (!variant) {
		throw new Error('the fixture has one variant');
	}
	return variant.scenario;
}
