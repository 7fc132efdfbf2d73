import {type ExitCode, exitCodes} from '#core/errors.ts';
import type {ProbedRow} from './probe-server.ts';

/** How a row of the target came out. */
export type RowVerdict = 'not asked' | 'FAILED' | 'DEFECT' | 'as the original' | 'differs';

export function rowVerdict({observation, original, isDefect}: ProbedRow): RowVerdict {
	switch (observation.kind) {
		case 'skipped':
			return 'not asked';
		case 'failed':
			return 'FAILED';
		case 'seen':
			return observation.what === original ? (isDefect ? 'DEFECT' : 'as the original') : 'differs';
		default:
			return observation satisfies never;
	}
}

/** A defect ends the suite with 5; a row that could not be judged, where there is none, with 7. */
export function conformanceEnd(rows: readonly ProbedRow[]): ExitCode {
	const verdicts = rows.map(rowVerdict);
	if (verdicts.includes('DEFECT')) {
		return exitCodes.expectationFailed;
	}
	return verdicts.includes('FAILED') ? exitCodes.inconclusive : exitCodes.fine;
}
