import assert from 'node:assert/strict';
import {StreambedError} from '#core/errors.ts';
import type {ComputeSite, Scenario, ScenarioLink} from '#core/scenario/schema.ts';
import {type StageOutput, stageOutputBytes} from '#core/scenario/stage-output.ts';
// Without the schema, which every thread of a simulation would load.
import type {Stage} from '#core/scenario/stage-schema.ts';
import {stageWorks} from '#core/scenario/stage-works.ts';
import {sum} from '#core/sum.ts';
import type {Bytes, Ratio, Seconds, Usd} from '#core/units.ts';
import type {Hop, PlacedStage} from './messages.ts';
import {shortestPaths} from './shortest-paths.ts';

/** How many placements a scenario may have over all its paths. */
export const candidateLimit = 100_000;

/** Stages on sites along one path, in path order: what a request may be given, before anybody looks at what is free. */
export type Candidate = {
	readonly path: readonly Hop[];
	readonly links: readonly ScenarioLink[];
	readonly placement: readonly PlacedStage[];
	/** For each hop, what the last stage before it gives out; `undefined` before the first stage, where chunks are raw. */
	readonly hopOutputs: ReadonlyArray<StageOutput | undefined>;
	/** Positions of the stages among the compute sites of the path, summed: greater stands later. */
	readonly latenessIndex: number;
	readonly serviceSeconds: Seconds;
	readonly delaySeconds: Seconds;
	/** For the time that one chunk holds the workers. */
	readonly serviceUsd: Usd;
};

/** A candidate for one minimum resolution. */
export type SizedCandidate = Candidate & {
	/** Bytes of a chunk on each hop. */
	readonly hopBytes: readonly Bytes[];
	readonly objectiveByteKm: number;
	readonly costUsd: Usd;
};

/** Every monotone placement of the stages along the shortest paths between producer and consumer. */
export function candidatesOf(scenario: Scenario): readonly Candidate[] {
	const {sites, links} = scenario.topology;
	const {placementSites, pathCount} = scenario.stack;
	const linkNamed = new Map(links.map(link => [link.name, link]));
	const paths = shortestPaths({
		ways: links,
		from: siteOf(scenario, 'producer'),
		to: siteOf(scenario, 'consumer'),
		limit: pathCount,
	});
	const candidates: Candidate[] = [];
	for (const path of paths) {
		const compute = path.flatMap(({to}, index) => {
			const site = sites[to];
			return site?.role === 'compute' && (placementSites?.includes(to) ?? true)
				? [{name: to, site, hopsBefore: index + 1}]
				: [];
		});
		const pathLinks = path.map(({link}) => {
			const found = linkNamed.get(link);
			assert(found, `no link ${link}`);
			return found;
		});
		for (const positions of monotone(scenario.workload.stages.length, compute.length)) {
			if (candidates.length === candidateLimit) {
				throw new StreambedError(
					'LIMIT_REACHED',
					`more than ${candidateLimit} placements of the stages along the paths`,
					{
						hint: 'use fewer stages or fewer compute sites on the way',
					},
				);
			}
			candidates.push(candidateAt(scenario, {path, links: pathLinks, compute, positions}));
		}
	}
	return candidates;
}

/**
 * The candidates for a minimum resolution in the order of the objective, grouped where only reserved bandwidth can tell them
 * apart: equal objective (to twelve digits, so that the order of a sum does not decide), and stages equally late on the way.
 */
export function orderedCandidates(
	candidates: readonly Candidate[],
	{chunkBytes, resolutionRatio}: {readonly chunkBytes: Bytes; readonly resolutionRatio: Ratio},
): ReadonlyArray<readonly SizedCandidate[]> {
	const sized = candidates.map(candidate => sizedCandidate(candidate, chunkBytes, resolutionRatio));
	const inOrder = sized
		.map(candidate => ({candidate, rank: Number(candidate.objectiveByteKm.toPrecision(12))}))
		.toSorted((a, b) => a.rank - b.rank || b.candidate.latenessIndex - a.candidate.latenessIndex);
	return [...Map.groupBy(inOrder, ({candidate, rank}) => `${rank}/${candidate.latenessIndex}`).values()].map(group =>
		group.map(({candidate}) => candidate),
	);
}

type ComputeOnPath = {readonly name: string; readonly site: ComputeSite; readonly hopsBefore: number};

function siteOf({topology}: Scenario, role: 'producer' | 'consumer'): string {
	const found = Object.entries(topology.sites).filter(([, site]) => site.role === role);
	assert(
		found.length === 1,
		`the brain places streams between one producer and one consumer; ${role}s: ${found.length}`,
	);
	return (found[0] as [string, unknown])[0];
}

/** All non-decreasing sequences of `length` positions below `count`. */
function* monotone(length: number, count: number, from = 0): Generator<readonly number[]> {
	if (length === 0) {
		yield [];
		return;
	}
	for (let position = from; position < count; position++) {
		for (const rest of monotone(length - 1, count, position)) {
			yield [position, ...rest];
		}
	}
}

function candidateAt(
	{workload}: Scenario,
	way: {
		readonly path: readonly Hop[];
		readonly links: readonly ScenarioLink[];
		readonly compute: readonly ComputeOnPath[];
		readonly positions: readonly number[];
	},
): Candidate {
	const placed = way.positions.map((position, index) => {
		const stage = workload.stages[index];
		const at = way.compute[position];
		assert(stage && at);
		const serviceSeconds = stage.serviceSeconds / at.site.speed;
		return {stage, at, serviceSeconds, usd: (serviceSeconds * at.site.usdPerHour) / 3600};
	});
	return {
		path: way.path,
		links: way.links,
		placement: placed.map(({stage, at, serviceSeconds}) => placedStage(stage, {site: at.name, serviceSeconds})),
		hopOutputs: way.path.map((_, hop) => placed.findLast(({at}) => at.hopsBefore <= hop)?.stage.output),
		latenessIndex: sum(way.positions),
		serviceSeconds: sum(placed.map(({serviceSeconds}) => serviceSeconds)),
		delaySeconds: sum(way.links.map(({delaySeconds}) => delaySeconds)),
		serviceUsd: sum(placed.map(({usd}) => usd)),
	};
}

/** What stands at its default is left out: a stage that gives out the image as it comes, and does no work. */
function placedStage(
	{name, output, work}: Stage,
	{site, serviceSeconds}: {readonly site: string; readonly serviceSeconds: Seconds},
): PlacedStage {
	const stageWork = stageWorks.find(one => one === name);
	return {
		stage: name,
		site,
		serviceSeconds,
		...(output.kind === 'share' && output.ratio === 1 ? {} : {output}),
		...(work === 'measured' && stageWork ? {work: stageWork} : {}),
	};
}

/** ρ scales both sides of an image, so that it has ρ² of the bytes; each stage gives out what the scenario says of that. */
function sizedCandidate(candidate: Candidate, chunkBytes: Bytes, resolutionRatio: Ratio): SizedCandidate {
	const {links, hopOutputs, serviceUsd} = candidate;
	const imageBytes = chunkBytes * resolutionRatio ** 2;
	const hopBytes = hopOutputs.map(output => (output ? stageOutputBytes(output, {imageBytes}) : chunkBytes));
	const weighed = (weightOf: (link: ScenarioLink) => number) =>
		sum(links.map((link, hop) => (hopBytes[hop] as Bytes) * weightOf(link)));
	return {
		...candidate,
		hopBytes,
		objectiveByteKm: weighed(({distanceKm}) => distanceKm),
		costUsd: serviceUsd + weighed(({usdPerByte}) => usdPerByte),
	};
}
