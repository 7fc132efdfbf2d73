import type {Clock} from '#core/clock.ts';
import type {ForeignTunnelKind} from '#core/scenario/tunnel-schema.ts';
import type {ListenPlace} from './listening.ts';

/** Where the proxies of others come from, and who starts them. */
export type ForeignPrograms = {
	/** An image's are found, or not, when they are started. */
	readonly origin: 'machine' | 'image';
	/**
	 * Starts a proxy in the foreground and waits until it listens. Rejects with DATA_SERVER_FAILED and what it said when it does not
	 * start, ends first or does not listen in time; then nothing is left of it.
	 */
	start(options: ProgramOptions): Promise<ProgramServer>;
};

export type ProgramOptions = {
	readonly kind: ForeignTunnelKind;
	/** What follows its name on the command line. */
	readonly parameters: readonly string[];
	/** Of its session alone; its configuration lies there. */
	readonly folder: string;
	readonly places: readonly ListenPlace[];
	/** Called for each line that it says. */
	readonly onLine?: (line: string) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** A proxy of others that runs. Disposing of it ends it: TERM, then KILL. */
export type ProgramServer = AsyncDisposable & {
	/** Undefined where the process is not ours, and the kernel shows little of it. */
	readonly pid: number | undefined;
	/** Resolves when it ends by itself; never, when it is disposed of. */
	readonly ended: Promise<{readonly reason: string}>;
};
