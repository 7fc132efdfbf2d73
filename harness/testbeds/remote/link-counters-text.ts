import type {LinkCounters} from '../testbed.ts';

/** Counters of a link as they travel: the instant of the monotonic clock as decimal text. */
export type LinkCountersText = Omit<LinkCounters, 'atNs'> & {readonly atNs: string};
