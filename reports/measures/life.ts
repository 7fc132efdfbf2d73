import {recoveries} from '../recovery.ts';
import type {VariantRun} from '../run-data.ts';
import type {Draft} from './draft.ts';

/** Set-up times (real seconds) and recovery after each event (scenario seconds). */
export function lifeMeasures(run: VariantRun): readonly Draft[] {
	return [...setupMeasures(run), ...recoveryMeasures(run)];
}

function setupMeasures({outcome, isModelOnly}: VariantRun): readonly Draft[] {
	if (isModelOnly) {
		return [['setup.seconds', {none: 'a simulation sets nothing up'}]];
	}
	if (!outcome) {
		return [['setup.seconds', {none: 'the run ended before its set-up times were written down'}]];
	}
	const steps = Object.entries(outcome.setupSeconds);
	if (steps.length === 0) {
		return [['setup.seconds', {none: 'nothing was set up'}]];
	}
	return [
		['setup.seconds', steps.reduce((sum, [, seconds]) => sum + seconds, 0)],
		...steps.map(([step, seconds]) => [`setup.seconds.${step}`, seconds] as const),
	];
}

/** `recovery.seconds` is the longest of them. */
function recoveryMeasures(run: VariantRun): readonly Draft[] {
	const all = recoveries(run);
	if (all.length === 0) {
		return [];
	}
	const unrecovered = all.find(({seconds}) => seconds === null);
	const longest = all.reduce((most, {seconds}) => Math.max(most, seconds ?? 0), 0);
	return [
		[
			'recovery.seconds',
			unrecovered ? {none: `${unrecovered.event}: ${unrecovered.reason ?? 'did not recover'}`} : longest,
		],
		...all.map(
			({event, seconds, reason}) =>
				[`recovery.seconds.${event}`, seconds ?? {none: reason ?? 'did not recover'}] as const,
		),
	];
}
