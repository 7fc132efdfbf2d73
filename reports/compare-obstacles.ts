import type {RunDocument} from '#core/records/run-document.ts';

/** Why the numbers of two runs may not be held against one another. */
export function obstaclesBetween(a: RunDocument, b: RunDocument): readonly string[] {
	return [
		...(a.scenarioSha256 === b.scenarioSha256
			? []
			: [
					`the scenarios differ: ${a.scenario} ${a.scenarioSha256.slice(0, 12)} and ${b.scenario} ${b.scenarioSha256.slice(0, 12)}`,
				]),
		...(a.timeScale === b.timeScale ? [] : [`the time scales differ: ${a.timeScale} and ${b.timeScale}`]),
		...(a.seed === b.seed && a.repeats === b.repeats ? [] : [`the seeds differ: ${seeds(a)} and ${seeds(b)}`]),
		...[a, b].flatMap(({runId, status}) =>
			status === 'completed' ? [] : [`run ${runId} did not complete: it is ${status}`],
		),
		...[a, b].flatMap(({runId, verdict}) =>
			verdict === 'valid' ? [] : [`run ${runId} is not valid: its verdict is ${verdict ?? 'missing'}`],
		),
	];
}

/** What differs between two runs and does not stand in the way: it is often what the comparison is about. */
export function notesOn(a: RunDocument, b: RunDocument): readonly string[] {
	const pairs = [
		['testbed', a.testbed, b.testbed],
		['commit', a.provenance.commit ?? 'unknown', b.provenance.commit ?? 'unknown'],
		['host', a.provenance.host, b.provenance.host],
		['kernel', a.provenance.kernel, b.provenance.kernel],
		['processor', `${a.provenance.cpuCount} × ${a.provenance.cpu}`, `${b.provenance.cpuCount} × ${b.provenance.cpu}`],
		['variants', a.variants.join(', '), b.variants.join(', ')],
	] as const;
	return pairs.flatMap(([what, one, other]) => (one === other ? [] : [`${what} differs: ${one} and ${other}`]));
}

const seeds = ({seed, repeats}: RunDocument): string =>
	repeats === 1 ? `${seed}` : `${seed} to ${seed + repeats - 1}`;
