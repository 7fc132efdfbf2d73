import type {Fit, Misfit} from './admission.ts';
import type {Holding, Ledger} from './ledger.ts';

/** What became of a stream that lost something it stands on. */
export type Replacement<Stream extends Holding> = {
	readonly stream: Stream;
	/** What it was given in its stead; a misfit when there was nothing. */
	readonly answer: Fit | Misfit;
};

/**
 * Gives up what the affected streams hold and places each anew, in the order of their acceptance: who came first is saved
 * first. `place` answers for one stream against the ledger as it stands; what fits is reserved at once, as `reserve` says.
 */
export function replaceStreams<Stream extends Holding>({
	affected,
	ledger,
	place,
	reserve,
}: {
	readonly affected: readonly Stream[];
	readonly ledger: Ledger;
	readonly place: (stream: Stream) => Fit | Misfit;
	readonly reserve: (stream: Stream, fit: Fit) => void;
}): ReadonlyArray<Replacement<Stream>> {
	for (const stream of affected) {
		ledger.release(stream);
	}
	return affected.map(stream => {
		const answer = place(stream);
		if (answer.kind === 'fit') {
			reserve(stream, answer);
		}
		return {stream, answer};
	});
}

/** The streams that have to go so that no more workers are held at a site than there are: those accepted last. */
export function overcommitted<Stream extends Holding>(
	running: readonly Stream[],
	{site, ledger}: {readonly site: string; readonly ledger: Ledger},
): readonly Stream[] {
	let missingCount = -ledger.freeWorkers(site);
	const leaving: Stream[] = [];
	for (const stream of running.toReversed()) {
		const held = stream.workerSites.filter(one => one === site).length;
		if (missingCount > 0 && held > 0) {
			leaving.unshift(stream);
			missingCount -= held;
		}
	}
	return leaving;
}

/** Why a stream could not be placed anew. No way at all means that every one leads over a lost site, as on a chain. */
export function unplaceable(cause: string, {reason, detail}: Misfit): string {
	return reason === 'path'
		? `${cause}; every way from the producer to the consumer leads over a lost site, none around it`
		: `${cause}; placed anew it would lack ${reason}: ${detail}`;
}
