import {rejectionReasons} from '#core/records/schema.ts';
import type {VariantRun} from '../run-data.ts';
import type {StreamClass} from '../series.ts';
import {type Draft, quotient} from './draft.ts';

/** What was asked for, and what the brain answered. */
export function requestMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const requests = run.requests.filter(
		({minimumResolutionRatio}) => streamClass === null || minimumResolutionRatio === streamClass,
	);
	const answers = requests.flatMap(({answer}) => answer ?? []);
	const accepted = answers.filter(answer => answer.kind === 'request.accepted');
	const rejected = answers.filter(answer => answer.kind === 'request.rejected');
	return [
		['requests.arrived', requests.length],
		['requests.accepted', accepted.length],
		['requests.rejected', rejected.length],
		...rejectionReasons.map(
			reason => [`requests.rejected.${reason}`, rejected.filter(one => one.reason === reason).length] as const,
		),
		['acceptanceRatio', quotient(accepted.length, requests.length, 'no request arrived')],
	];
}
