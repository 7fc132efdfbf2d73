import type {Seconds} from '#core/units.ts';
import {measureVariantRun} from '../measures.ts';
import type {VariantRun} from '../run-data.ts';
import {deliveredResolution, deliveringCount} from '../series.ts';
import type {ValueSelector} from './schema.ts';

/** What a draw says of a published number; `undefined` when it was not measured there. */
export function publishedValueOf(run: VariantRun, selector: ValueSelector): number | undefined {
	const {measure, atSeconds, deadlineSeconds, minimumResolutionRatio = null} = selector;
	const seen = deadlineSeconds === undefined ? run : runOfDeadline(run, deadlineSeconds);
	if (atSeconds === undefined) {
		return (
			measured(seen).find(one => one.measure === measure && one.minimumResolutionRatio === minimumResolutionRatio)
				?.value ?? undefined
		);
	}
	switch (measure) {
		case 'streams.delivering':
			return deliveringCount(seen, minimumResolutionRatio, atSeconds);
		case 'resolution.mean':
			return deliveredResolution(seen, minimumResolutionRatio, atSeconds);
		default:
			return undefined;
	}
}

const known = new WeakMap<VariantRun, ReturnType<typeof measureVariantRun>>();

function measured(run: VariantRun): ReturnType<typeof measureVariantRun> {
	const measurements = known.get(run) ?? measureVariantRun(run);
	known.set(run, measurements);
	return measurements;
}

/** A draw with only the requests of one deadline and their streams; sites and links are those of all of them. */
function runOfDeadline(run: VariantRun, deadlineSeconds: Seconds): VariantRun {
	const requests = run.requests.filter(request => request.deadlineSeconds === deadlineSeconds);
	const names = new Set(requests.flatMap(({answer}) => (answer?.kind === 'request.accepted' ? [answer.stream] : [])));
	return {...run, requests, streams: run.streams.filter(({stream}) => names.has(stream))};
}
