import type {Clock} from '#core/clock.ts';
import type {BitsPerSecond, Bytes} from '#core/units.ts';

/** Which program carries the bytes. `udp` is best effort: what it cannot carry is lost, and counted. */
export const dataServerKinds = ['relay', 'mtls', 'haproxy', 'nginx', 'stunnel', 'udp'] as const;
export type DataServerKind = (typeof dataServerKinds)[number];

export type DataServerAddress = {readonly host: string; readonly port: number};

/** One connection slot: what arrives at `listen` is carried to `target`. */
export type DataServerRoute = {readonly listen: DataServerAddress; readonly target: DataServerAddress};

/** A certificate of our own, and the authority that the other side's must come from. All are PEM files. */
export type CertificateCredentials = {
	readonly certificateFile: string;
	readonly keyFile: string;
	readonly authorityFile: string;
	/** The name that the other side's certificate must carry; without it, any that the authority signed will do. */
	readonly peerName?: string;
};

/** A secret that both sides hold. The file is one line, `identity:key in hexadecimal`, as stunnel reads it. */
export type PresharedKeyCredentials = {readonly presharedKeyFile: string; readonly identity: string};

export type DataServerCredentials = CertificateCredentials | PresharedKeyCredentials;

/**
 * What a data server is to do. In the chain producer ⇄ inbound ⇄ outbound ⇄ consumer, the consumer opens the connection:
 * where the wide area is encrypted, the outbound side is the TLS client and the inbound side the TLS server.
 */
export type DataServerOptions = {
	readonly side: 'inbound' | 'outbound';
	/** One per connection slot: listens at `listen`, forwards to `target` (targets are mapped round-robin before). */
	readonly routes: readonly DataServerRoute[];
	/** Limit over all routes, each direction; absent: none. */
	readonly bitsPerSecond?: BitsPerSecond;
	readonly credentials?: DataServerCredentials;
	/** A folder of this session alone, removed with it. */
	readonly folder: string;
	/** Ends the start; a data server that runs is ended by disposing of it. */
	readonly signal: AbortSignal;
	readonly clock: Clock;
};

export type DataServerCounters = {
	/** From those who connected to the targets. */
	readonly bytesForward: Bytes;
	/** From the targets to those who connected. */
	readonly bytesBackward: Bytes;
	readonly connectionsOpen: number;
	readonly connectionsTotal: number;
	/** Best effort only. */
	readonly datagramsLost?: number;
	/** Connections that ended before they were through: a target that does not answer, a certificate that does not hold. */
	readonly refusedCount?: number;
	readonly lastRefusal?: string;
};

/** A proxy that carries connections from its listeners to its targets. Disposing of it ends its processes for certain. */
export type DataServer = AsyncDisposable & {
	readonly kind: DataServerKind;
	readonly pids: readonly number[];
	/** Since the start. */
	counters(): Promise<DataServerCounters>;
	/** Resolves with the reason when it ends by itself; never, when it is disposed of. */
	readonly ended: Promise<{readonly reason: string}>;
};

export type DataServerFactory = {
	readonly kind: DataServerKind;
	/** Is the tool there? Asked at req time, so that a missing binary is said then. Rejects with TOOL_MISSING. */
	check(): Promise<void>;
	/** Makes ready what a first session would wait for, and keeps it until this is disposed of. Throws TOOL_MISSING. */
	keepReady?(): Disposable;
	/** Resolves when every listener accepts. Rejects with a StreambedError, and then nothing is left. */
	start(options: DataServerOptions): Promise<DataServer>;
};
