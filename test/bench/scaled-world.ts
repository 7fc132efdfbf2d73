import {type Scenario, scenarioSchema} from '#core/scenario/schema.ts';

/** One observatory, so many regional chains of an edge, an in-transit and a core site, and one archive at the end of them all. */
const regionCount = 333;

/** Requests come so often, however many they are: a longer day of the same world. */
const requestsPerSecond = 14;

/** 1,001 sites and 1,332 links; every region is a little further away than the one before it. */
export function scaledWorld(requestCount: number): Scenario {
	const regions = Array.from({length: regionCount}, (_, index) => index);
	const arrivalSeconds = requestCount / requestsPerSecond;
	return scenarioSchema.parse({
		streambed: 1,
		title: `${requestCount} requests over ${regionCount} regions`,
		topology: {
			sites: {
				observatory: {role: 'producer'},
				...Object.fromEntries(regions.flatMap(sitesOf)),
				archive: {role: 'consumer'},
			},
			links: regions.flatMap(linksOf),
		},
		stack: {pathCount: regionCount},
		workload: {
			chunk: {bytes: '10MB', every: '10s'},
			arrivals: {law: 'uniform', from: '0s', to: `${arrivalSeconds}s`},
			requests: [60, 80].map(percent => ({
				count: requestCount / 2,
				minimumResolution: `${percent}%`,
				deadline: '30s',
				duration: {uniform: ['30s', '60s']},
			})),
		},
		timing: {drive: `${arrivalSeconds + 70}s`},
	});
}

function sitesOf(region: number) {
	return [
		[`edge-${region}`, {role: 'compute', tier: 'edge', workers: 3}],
		[`transit-${region}`, {role: 'compute', tier: 'in-transit', workers: 3}],
		[`core-${region}`, {role: 'compute', tier: 'core', workers: 6}],
	] as const;
}

function linksOf(region: number) {
	const way = ['observatory', `edge-${region}`, `transit-${region}`, `core-${region}`, 'archive'];
	const distances = [50, 500, 1000, 1000];
	return distances.map((km, index) => ({
		name: `l${index}-${region}`,
		between: [way[index], way[index + 1]],
		rate: '400Mbit/s',
		distance: `${km + region}km`,
	}));
}
