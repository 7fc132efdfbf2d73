import {listed} from '../format.ts';
import {claimStanding} from '../published/claim-standing.ts';
import type {ClaimResult} from './judge-figure.ts';

/** `all 18 claims hold`, or `of 18 claims 16 hold, 1 is not refuted and 1 is refuted`. */
export function claimCountText(results: readonly ClaimResult[]): string {
	const standings = results.map(({claim, judged}) => claimStanding(claim, judged));
	const countOf = (standing: (typeof standings)[number]) => standings.filter(one => one === standing).length;
	const [held, undecided, refuted] = [countOf('holds'), countOf('not refuted'), countOf('refuted')];
	const claims = `${results.length} ${results.length === 1 ? 'claim' : 'claims'}`;
	if (held === results.length) {
		return results.length === 1 ? 'the one claim holds' : `all ${claims} hold`;
	}
	const isText = (count: number) => `${count} ${count === 1 ? 'is' : 'are'}`;
	return `of ${claims} ${listed([
		...(held > 0 ? [`${held} ${held === 1 ? 'holds' : 'hold'}`] : []),
		...(undecided > 0 ? [`${isText(undecided)} not refuted`] : []),
		...(refuted > 0 ? [`${isText(refuted)} refuted`] : []),
	])}`;
}
