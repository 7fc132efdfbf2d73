import {realClock} from '#core/clock.ts';
import {RecordLineBatches, recordCountOf} from '#core/records/record-lines.ts';
import type {RecordBody} from '#core/records/schema.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';
import {scaledWorld} from './scaled-world.ts';

/** What one run of the scaled-up world took; a process each, so that memory is this run's alone. */
export type ScaledRun = {
	readonly requestCount: number;
	readonly acceptedCount: number;
	readonly eventCount: number;
	readonly recordCount: number;
	/** Of all compute sites, those that held a worker of an accepted stream. */
	readonly usedSiteCount: number;
	readonly seconds: number;
	/** The most that the process held. */
	readonly memoryBytes: number;
};

const requestCount = Number(process.argv[2]);
const scenario = scaledWorld(requestCount);
const usedSites = new Set<string>();
let recordCount = 0;
let acceptedCount = 0;
const lines = new RecordLineBatches({variant: 'scaled-world', repeat: 0}, batch => {
	recordCount += recordCountOf(batch);
	acceptedCount += batch.countByKind.get('request.accepted') ?? 0;
});
const emit = (record: RecordBody) => {
	if (record.kind === 'request.accepted') {
		for (const {site} of record.placement) {
			usedSites.add(site);
		}
	}
	lines.add(record);
};
const startNs = realClock.nowNs();
const end = await simulateVariant({scenario, seed: 1, emit, signal: new AbortController().signal});
lines.flush();
if (end.outcome !== 'completed') {
	throw end.failure ?? new Error(`the simulation ended as ${end.outcome}`);
}
const run: ScaledRun = {
	requestCount,
	acceptedCount,
	eventCount: end.eventCount,
	recordCount,
	usedSiteCount: usedSites.size,
	seconds: Number(realClock.nowNs() - startNs) / 1e9,
	memoryBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(run));
