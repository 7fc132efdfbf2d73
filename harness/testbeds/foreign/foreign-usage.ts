import type {Bytes, MonotonicNs, Seconds} from '#core/units.ts';
import type {ServerProbe} from './probe-server.ts';

/** What a foreign program has used, and how it answers. */
export type ForeignUsage = {
	readonly site: string;
	readonly atNs: MonotonicNs;
	/** Since it began. */
	readonly cpuSeconds: Seconds;
	readonly memoryBytes: Bytes;
	/** `null` when it did not take the connection; absent where it is not probed. */
	readonly probe?: ServerProbe | null;
};

/** The same as it travels: the instant of the monotonic clock as decimal text. */
export type ForeignUsageText = Omit<ForeignUsage, 'atNs'> & {readonly atNs: string};
