import type {CarriedKind, SessionPlan} from './carrier-messages.ts';
import {carriers} from './carriers.ts';
import {refuseCredentials, requireCertificate} from './credentials.ts';
import type {DataServer, DataServerFactory, DataServerOptions} from './data-server.ts';
import {requireProgram} from './require-program.ts';

/** A data server of ours: a session in a carrier. */
export function carriedServer(kind: CarriedKind): DataServerFactory {
	return {
		kind,
		async check() {
			requireProgram('setpriv');
			carriers.warm();
		},
		keepReady: () => carriers.keepOne(),
		async start(options) {
			return await openCarried(kind, planOf(kind, options), options.signal);
		},
	};
}

/** Opens a session in a carrier. Aborting ends the wait, and the session with it. */
export async function openCarried(kind: CarriedKind, plan: SessionPlan, signal: AbortSignal): Promise<DataServer> {
	signal.throwIfAborted();
	await using cleanup = new AsyncDisposableStack();
	const {carrier, giveBack} = await carriers.borrow();
	cleanup.defer(giveBack);
	const {sessionIndex, ended} = await carrier.open(plan);
	cleanup.defer(() => carrier.close(sessionIndex));
	signal.throwIfAborted();
	const resources = cleanup.move();
	return {
		kind,
		pids: carrier.pid === undefined ? [] : [carrier.pid],
		ended,
		counters: () => carrier.counters(sessionIndex),
		[Symbol.asyncDispose]: () => resources.disposeAsync(),
	};
}

function planOf(kind: CarriedKind, {side, routes, bitsPerSecond, credentials}: DataServerOptions): SessionPlan {
	const plan = {kind, side, routes, ...(bitsPerSecond === undefined ? {} : {bitsPerSecond})};
	if (kind === 'mtls') {
		return {...plan, credentials: requireCertificate(kind, credentials)};
	}
	refuseCredentials(kind, credentials);
	return plan;
}
