import type {JudgedClaim} from './judge-claim.ts';
import type {PublishedClaim} from './schema.ts';

/**
 * holds: the draws show it, in as many of them as are asked for; refuted: they speak against it; not refuted: they are too few,
 * or lie too close together, for either.
 */
export type ClaimStanding = 'holds' | 'not refuted' | 'refuted';

export function claimStanding(claim: PublishedClaim, judged: JudgedClaim): ClaimStanding {
	if (!judged.holds) {
		return 'refuted';
	}
	return judged.heldRatio >= claim.heldRatio && !missesIntervals(claim, judged) ? 'holds' : 'not refuted';
}

/** Whether intervals were to lie apart, and do not. */
export function missesIntervals(claim: PublishedClaim, judged: JudgedClaim): boolean {
	return claim.intervalsApart === true && !judged.intervalsApart;
}
