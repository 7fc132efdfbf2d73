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
	let nearest: Misfit = {
		kind: 'misfit',
		reason: 'path',
		detail: 'no path leads from the producer over compute sites to the consumer',
		shortfall: Number.POSITIVE_INFINITY,
	};
	for (const group of groups) {
		let best: Fit | undefined;
		for (const candidate of group) {
			const judged = judge({request, candidate, rule, periodSeconds, ledger, lostSites});
			if (judged.kind === 'misfit') {
				nearest = nearer(judged, nearest) ? judged : nearest;
			} else if (!best || bandwidth(judged) < bandwidth(best)) {
				best = judged;
			}
		}
		if (best) {
			return best;
		}
	}
	return nearest;
}

type Question = {
	readonly request: PlannedRequest;
	readonly candidate: SizedCandidate;
	readonly rule: ReservationRule;
	readonly periodSeconds: Seconds;
	readonly ledger: Ledger;
	readonly lostSites: ReadonlySet<string>;
};

const checks = ['path', 'deadline', 'budget', 'workers', 'bandwidth'] as const satisfies readonly RejectionReason[];

function nearer(one: Misfit, other: Misfit): boolean {
	const further = checks.indexOf(one.reason) - checks.indexOf(other.reason);
	return further > 0 || (further === 0 && one.shortfall < other.shortfall);
}

function judge(question: Question): Fit | Misfit {
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
	if (lost) {
		return lost;
	}
	const rates = reservedRates(rule, hops, {
		transferSeconds: request.deadlineSeconds - fixedSeconds,
		periodSeconds,
	});
	const reservations = candidate.path.map(({link}, hop) => ({link, bitsPerSecond: rates[hop] as BitsPerSecond}));
	const reservedSeconds = hops.map(({bytes}, hop) => (bytes * 8) / (rates[hop] as BitsPerSecond));
	const completionSeconds = fixedSeconds + reservedSeconds.reduce((total, seconds) => total + seconds, 0);
	return (
		workersMisfit(question) ??
		bandwidthMisfit(ledger, candidate.path, reservations) ?? {kind: 'fit', candidate, reservations, completionSeconds}
	);
}

function pathMisfit({candidate, lostSites}: Question): Misfit | undefined {
	const lost = candidate.path.flatMap(({from, to}) => [from, to]).find(site => lostSites.has(site));
	return lost === undefined ? undefined : misfit('path', `the way leads over ${lost}, which is lost`, 0);
}

function deadlineMisfit(
	{deadlineSeconds}: PlannedRequest,
	{transferSeconds, fixedSeconds}: {readonly transferSeconds: Seconds; readonly fixedSeconds: Seconds},
): Misfit | undefined {
	const bestSeconds = fixedSeconds + transferSeconds;
	return bestSeconds <= deadlineSeconds
		? undefined
		: misfit('deadline', `best possible ${digits(bestSeconds)} s, deadline ${digits(deadlineSeconds)} s`, bestSeconds);
}

function budgetMisfit({request: {budgetUsdPerChunk}, candidate: {costUsd}}: Question): Misfit | undefined {
	return costUsd <= budgetUsdPerChunk
		? undefined
		: misfit(
				'budget',
				`a chunk costs at least ${digits(costUsd)} USD, budget ${digits(budgetUsdPerChunk)} USD`,
				costUsd,
			);
}

function workersMisfit({candidate: {placement}, ledger}: Question): Misfit | undefined {
	const sites = Map.groupBy(placement, ({site}) => site);
	for (const [site, stages] of sites) {
		const free = ledger.freeWorkers(site);
		if (stages.length > free) {
			return misfit('workers', `${site}: ${stages.length} workers asked, ${free} free`, stages.length - free);
		}
	}
	return undefined;
}

function bandwidthMisfit(ledger: Ledger, path: readonly Hop[], reservations: readonly LinkRate[]): Misfit | undefined {
	let worst: Misfit | undefined;
	for (const [index, hop] of path.entries()) {
		const channel = ledger.channel(hop);
		const {link, bitsPerSecond} = reservations[index] as LinkRate;
		const free = channel.capacityBitsPerSecond - reservedBitsPerSecond(channel);
		const shortfall = (bitsPerSecond - free) / channel.capacityBitsPerSecond;
		if (shortfall > (worst?.shortfall ?? 0) + reservationTolerance) {
			const left = free > 0 ? `${formatRate(free)} free` : `none free, ${formatRate(-free)} short already`;
			worst = misfit('bandwidth', `${link}: ${formatRate(bitsPerSecond)} asked, ${left}`, shortfall);
		}
	}
	return worst;
}

function misfit(reason: RejectionReason, detail: string, shortfall: number): Misfit {
	return {kind: 'misfit', reason, detail, shortfall};
}

function bandwidth({reservations}: Fit): BitsPerSecond {
	return reservations.reduce((total, {bitsPerSecond}) => total + bitsPerSecond, 0);
}

function digits(value: number): string {
	return String(Number(value.toPrecision(4)));
}
