import {cpus, release} from 'node:os';
import type {Clock} from '#core/clock.ts';

/** What measured times hold for. */
export function machine(clock: Clock) {
	const processors = cpus();
	return {
		cpu: processors[0]?.model.trim() ?? 'unknown processor',
		cpuCount: processors.length,
		kernel: `Linux ${release()}`,
		node: process.versions.node,
		date: new Date(clock.wallMs()).toISOString().slice(0, 10),
	};
}
