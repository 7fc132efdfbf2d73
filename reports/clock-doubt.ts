import type {Ms} from '#core/units.ts';
import {percentileOf, sortedLatencies} from './latencies.ts';
import type {VariantRun} from './run-data.ts';

/**
 * Why latencies between two machines cannot be told: their clocks are not known well enough against what is measured. Nothing where they are, to within a
 * millisecond or a twentieth of the median, or where both ends of every stream are on one machine.
 */
export function clockDoubt(run: Pick<VariantRun, 'outcome' | 'scenario'>, medianMs: Ms): string | undefined {
	const {topology, timeScale} = run.scenario;
	const hosts = run.outcome?.hosts ?? [];
	const endsOf = (role: 'producer' | 'consumer') => hosts.filter(({site}) => topology.sites[site]?.role === role);
	const [producers, consumers] = [endsOf('producer'), endsOf('consumer')];
	if (new Set([...producers, ...consumers].map(({host}) => host)).size <= 1) {
		return undefined;
	}
	const uncertaintyMs =
		Math.max(...producers.map(one => one.clockUncertaintyMs)) +
		Math.max(...consumers.map(one => one.clockUncertaintyMs));
	if (uncertaintyMs <= alwaysFineMs || uncertaintyMs <= fineRatio * medianMs * timeScale) {
		return undefined;
	}
	const known = `the clocks of its two ends are known to ${uncertaintyMs.toFixed(1)} ms only`;
	return `${known}, which is much against a median of ${(medianMs * timeScale).toFixed(1)} ms real time`;
}

/** The same of a run whose median is still to be taken. */
export function latencyDoubt(run: VariantRun): string | undefined {
	if (run.outcome?.hosts === undefined) {
		return undefined;
	}
	const latencies = sortedLatencies(run, 'planned');
	return clockDoubt(run, latencies.length === 0 ? 0 : percentileOf(latencies, 50) / 1000);
}

const alwaysFineMs: Ms = 1;
const fineRatio = 0.05;
