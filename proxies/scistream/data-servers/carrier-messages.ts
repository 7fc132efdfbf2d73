import type {BitsPerSecond} from '#core/units.ts';
import type {CertificateCredentials, DataServerCounters, DataServerRoute} from './data-server.ts';

/** What a process and the carrier that it started say to each other, one JSON object a line, over pipes. */

/** The kinds of data server that a carrier serves. */
export type CarriedKind = 'relay' | 'mtls' | 'udp';

/** One session to carry: what a data server was asked for, without what cannot cross a pipe. */
export type SessionPlan = {
	readonly kind: CarriedKind;
	readonly side: 'inbound' | 'outbound';
	readonly routes: readonly CarriedRoute[];
	readonly bitsPerSecond?: BitsPerSecond;
	readonly credentials?: CertificateCredentials;
};

/** A route whose target may stand behind a socket in the file system: a program that this relay limits the rate of. */
export type CarriedRoute = Pick<DataServerRoute, 'listen'> & {
	readonly target: DataServerRoute['target'] | {readonly path: string};
};

export type CarrierRequest =
	| {readonly kind: 'open'; readonly callIndex: number; readonly sessionIndex: number; readonly plan: SessionPlan}
	| {readonly kind: 'close'; readonly callIndex: number; readonly sessionIndex: number}
	| {readonly kind: 'counters'; readonly callIndex: number; readonly sessionIndex: number};

export type CarrierReport =
	| {readonly kind: 'ready'}
	| {readonly kind: 'answer'; readonly callIndex: number; readonly counters?: DataServerCounters}
	| {readonly kind: 'refusal'; readonly callIndex: number; readonly message: string; readonly hint?: string};

/** A session that a carrier has open. Disposing of it closes its listeners and connections. */
export type CarriedSession = AsyncDisposable & {counters(): DataServerCounters};
