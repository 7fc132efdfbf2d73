import {formatRate} from '#core/quantities.ts';
import type {RejectionReason} from '#core/records/schema.ts';
import type {BitsPerSecond, Bytes, Seconds} from '#core/units.ts';
import type {SizedCandidate} from './candidates.ts';
import {type Ledger, reservedBitsPerSecond} from './ledger.ts';
import type {Hop, LinkRate, PlannedRequest} from './messages.ts';
import {type ReservationRule, reservedRates} from './reservation.ts';

/** A reservation fits when it exceeds what is free by no more than this share of the link: sums in floating point differ. */
export const reservationTolerance = 1e-9;

export type Fit = {
	readonly kind: 'fit';
	readonly candidate: SizedCandidate;
	/** For each hop of the path. */
	readonly reservations: readonly LinkRate[];
	/** At the reserved rates and minimum resolution. */
	readonly completionSeconds: Seconds;
};

export type Misfit = {
	readonly kind: 'misfit';
	readonly reason: RejectionReason;
	readonly detail: string;
	/** How far from enough it is, to compare misfits of one reason. */
	readonly shortfall: number;
};

/**
 * The first candidate that fits, in the order given; among those of one group the one that reserves the least bandwidth.
 * If none does, the misfit that came nearest: the one that passed the most checks (path, deadline, budget, workers,
 * bandwidth), then the one that lacks least, then the first.
 */
export function admit({
	request,
	groups,
	rule,
	periodSeconds,
	ledger,
	lostSites,
}: {
	readonly request: PlannedRequest;
	readonly groups: ReadonlyArray<readonly SizedCandidate[]>;
	readonly rule: ReservationRule;
	/** From chunk to chunk. */
	readonly periodSeconds: Seconds;
	readonly ledger: Ledger;
	readonly lostSites: ReadonlySet<string>;
}): Fit | Misfit {
	const question = {request, rule, periodSeconds, ledger, lostSites};
	for (const group of groups) {
		let best: Fit | undefined;
		for (const candidate of group) {
			// Where many sites are taken this is what most candidates lack, and it is seen at once.
			if (crowdedSite(candidate, ledger) !== undefined) {
				continue;
			}
			const judged = judge({...question, candidate});
			if (judged.kind === 'fit' && (!best || bandwidth(judged) < bandwidth(best))) {
				best = judged;
			}
		}
		if (best) {
			return best;
		}
	}
	return nearestMisfit(question, groups);
}

/** Of candidates none of which fits. */
function nearestMisfit(
	question: Omit<Question, 'candidate'>,
	groups: ReadonlyArray<readonly SizedCandidate[]>,
): Misfit {
	let nearest = shortcoming(
		'path',
		() => 'no path leads from the producer over compute sites to the consumer',
		Number.POSITIVE_INFINITY,
	);
	for (const candidate of groups.flat()) {
		const judged = judge({...question, candidate});
		if (judged.kind === 'shortcoming' && nearer(judged, nearest)) {
			nearest = judged;
		}
	}
	const {reason, detail, shortfall} = nearest;
	return {kind: 'misfit', reason, detail: detail(), shortfall};
}

/** A misfit that is not yet put into words: of all candidates that do not fit, one is told of. */
type Shortcoming = Omit<Misfit, 'kind' | 'detail'> & {readonly kind: 'shortcoming'; readonly detail: () => string};

type Question = {
	readonly request: PlannedRequest;
	readonly candidate: SizedCandidate;
	readonly rule: ReservationRule;
	readonly periodSeconds: Seconds;
	readonly ledger: Ledger;
	readonly lostSites: ReadonlySet<string>;
};

const checks = ['path', 'deadline', 'budget', 'workers', 'bandwidth'] as const satisfies readonly RejectionReason[];

function nearer(one: Shortcoming, other: Shortcoming): boolean {
	const further = checks.indexOf(one.reason) - checks.indexOf(other.reason);
	return further > 0 || (further === 0 && one.shortfall < other.shortfall);
}

function judge(question: Question): Fit | Shortcoming {
	const {request, candidate, rule, periodSeconds, ledger} = question;
	const hops = candidate.path.map((hop, index) => ({
		bytes: candidate.hopBytes[index] as Bytes,
		capacityBitsPerSecond: ledger.channel(hop).capacityBitsPerSecond,
	}));
	const transferSeconds = hops.reduce(
		(total, {bytes, capacityBitsPerSecond}) => total + (bytes * 8) / capacityBitsPerSecond,
		0,
	);
	const fixedSeconds = candidate.serviceSeconds + candidate.delaySeconds;
	const lost =
		pathMisfit(question) ?? deadlineMisfit(request, {transferSeconds, fixedSeconds}) ?? budgetMisfit(question);
	const short = lost ?? workersMisfit(candidate, ledger);
	if (short) {
		return short;
	}
	const rates = reservedRates(rule, hops, {
		transferSeconds: request.deadlineSeconds - fixedSeconds,
		periodSeconds,
	});
	const reservations = candidate.path.map(({link}, hop) => ({link, bitsPerSecond: rates[hop] as BitsPerSecond}));
	const reservedSeconds = hops.map(({bytes}, hop) => (bytes * 8) / (rates[hop] as BitsPerSecond));
	const completionSeconds = fixedSeconds + reservedSeconds.reduce((total, seconds) => total + seconds, 0);
	return (
		bandwidthMisfit(ledger, candidate.path, reservations) ?? {kind: 'fit', candidate, reservations, completionSeconds}
	);
}

function pathMisfit({candidate, lostSites}: Question): Shortcoming | undefined {
	if (lostSites.size === 0) {
		return undefined;
	}
	const lost = candidate.path.flatMap(({from, to}) => [from, to]).find(site => lostSites.has(site));
	return lost === undefined ? undefined : shortcoming('path', () => `the way leads over ${lost}, which is lost`, 0);
}

function deadlineMisfit(
	{deadlineSeconds}: PlannedRequest,
	{transferSeconds, fixedSeconds}: {readonly transferSeconds: Seconds; readonly fixedSeconds: Seconds},
): Shortcoming | undefined {
	const bestSeconds = fixedSeconds + transferSeconds;
	return bestSeconds <= deadlineSeconds
		? undefined
		: shortcoming(
				'deadline',
				() => `best possible ${digits(bestSeconds)} s, deadline ${digits(deadlineSeconds)} s`,
				bestSeconds,
			);
}

function budgetMisfit({request: {budgetUsdPerChunk}, candidate: {costUsd}}: Question): Shortcoming | undefined {
	return costUsd <= budgetUsdPerChunk
		? undefined
		: shortcoming(
				'budget',
				() => `a chunk costs at least ${digits(costUsd)} USD, budget ${digits(budgetUsdPerChunk)} USD`,
				costUsd,
			);
}

function workersMisfit(candidate: SizedCandidate, ledger: Ledger): Shortcoming | undefined {
	const site = crowdedSite(candidate, ledger);
	if (site === undefined) {
		return undefined;
	}
	const free = ledger.freeWorkers(site);
	const askedCount = askedWorkers(candidate, site);
	const asked = `${askedCount} ${askedCount === 1 ? 'worker' : 'workers'} asked`;
	return shortcoming('workers', () => `${site}: ${asked}, ${free} free`, askedCount - free);
}

/** The first site that has not the workers. */
function crowdedSite(candidate: SizedCandidate, ledger: Ledger): string | undefined {
	for (const {site} of candidate.placement) {
		if (askedWorkers(candidate, site) > ledger.freeWorkers(site)) {
			return site;
		}
	}
	return undefined;
}

function askedWorkers({placement}: SizedCandidate, site: string): number {
	let count = 0;
	for (const stage of placement) {
		count += stage.site === site ? 1 : 0;
	}
	return count;
}

function bandwidthMisfit(
	ledger: Ledger,
	path: readonly Hop[],
	reservations: readonly LinkRate[],
): Shortcoming | undefined {
	let worst: Shortcoming | undefined;
	for (const [index, hop] of path.entries()) {
		const channel = ledger.channel(hop);
		const {link, bitsPerSecond} = reservations[index] as LinkRate;
		const free = channel.capacityBitsPerSecond - reservedBitsPerSecond(channel);
		const shortfall = (bitsPerSecond - free) / channel.capacityBitsPerSecond;
		if (shortfall > (worst?.shortfall ?? 0) + reservationTolerance) {
			worst = shortcoming('bandwidth', () => `${link}: ${formatRate(bitsPerSecond)} asked, ${left(free)}`, shortfall);
		}
	}
	return worst;
}

function left(freeBitsPerSecond: BitsPerSecond): string {
	return freeBitsPerSecond > 0
		? `${formatRate(freeBitsPerSecond)} free`
		: `none free, ${formatRate(-freeBitsPerSecond)} short already`;
}

function shortcoming(reason: RejectionReason, detail: () => string, shortfall: number): Shortcoming {
	return {kind: 'shortcoming', reason, detail, shortfall};
}

function bandwidth({reservations}: Fit): BitsPerSecond {
	return reservations.reduce((total, {bitsPerSecond}) => total + bitsPerSecond, 0);
}

function digits(value: number): string {
	return String(Number(value.toPrecision(4)));
}
