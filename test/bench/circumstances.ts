import {cpus, loadavg, release, totalmem} from 'node:os';
import type {Clock} from '#core/clock.ts';

/** The machine that figures were taken on, and when, in one line. */
export function circumstances(clock: Clock): string {
	const processors = cpus();
	const gigabytes = Math.round(totalmem() / 1e9);
	const date = new Date(clock.wallMs()).toISOString().slice(0, 10);
	return [
		`${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${gigabytes} GB`,
		`Linux ${release()}`,
		`Node ${process.versions.node}`,
		`load average ${loadavg()[0]?.toFixed(2)} at the end`,
		date,
	].join(' · ');
}
