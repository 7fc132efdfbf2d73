import type {Verdict, VerdictReason} from '#core/records/run-document.ts';

/** Twice a limit is past doubt: from here a run is not suspect but invalid. */
const invalidFactor = 2;

/** Nothing within a limit; beyond it a reason to doubt, and beyond twice of it one not to believe. */
export function judgeAgainst(
	limit: number,
	measured: number,
	say: (measured: number, limit: number) => string,
): readonly VerdictReason[] {
	return measured <= limit
		? []
		: [busy(measured > limit * invalidFactor ? 'invalid' : 'suspect', say(measured, limit))];
}

/** What work beside the run can be behind. */
export function busy(verdict: Verdict, reason: string): VerdictReason {
	return {verdict, reason, cause: 'busy'};
}

export function invalid(reason: string): VerdictReason {
	return {verdict: 'invalid', reason};
}

export function suspect(reason: string): VerdictReason {
	return {verdict: 'suspect', reason};
}
