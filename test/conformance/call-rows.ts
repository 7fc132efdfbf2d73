import {requestSession} from '../support/drive-session.ts';
import type {WireAnswer} from '../support/wire-client.ts';
import {type ConformanceRow, type ProbeContext, seen} from './conformance-row.ts';

/** The table of answers to calls, one row each. */
export const callRows: readonly ConformanceRow[] = [
	...(['hello', 'update', 'release'] as const).map(method => ({
		row: `${method} with an unknown uid`,
		original: 'UNKNOWN',
		isDefect: false,
		probe: async (context: ProbeContext) => {
			using client = context.connect();
			return answered(await client.call(method, {1: context.uid(), 2: nowhere, 3: 'PROD'}, tokenOf(context)));
		},
	})),
	{
		row: 'req with a uid that is pending',
		original: 'UNKNOWN',
		isDefect: false,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const request = client.call('req', {1: uid, 2: 'PROD', 3: 1}, tokenOf(context));
			request.catch(() => {});
			const again = await client.call('req', {1: uid, 2: 'PROD', 3: 1}, tokenOf(context));
			await client.call('hello', {1: uid, 2: nowhere, 3: 'PROD'}, tokenOf(context));
			await client.call('release', {1: uid}, tokenOf(context));
			return answered(again);
		},
	},
	{
		row: 'second release',
		original: 'UNKNOWN',
		isDefect: false,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			await requestSession(client, {uid, prodListeners: [nowhere], ...tokenOf(context)});
			await client.call('release', {1: uid}, tokenOf(context));
			return answered(await client.call('release', {1: uid}, tokenOf(context)));
		},
	},
	requestRow('num_conn 0', {3: 0}, 'accepted, 0 listeners', true),
	requestRow('num_conn negative', {3: -1}, 'accepted, 0 listeners', true),
	requestRow('an empty uid', {1: '', 3: 1}, 'accepted, 1 listeners', true),
	{
		row: 'a listener without a port',
		original: 'accepted',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const request = client.call('req', {1: uid, 2: 'PROD', 3: 1}, tokenOf(context));
			request.catch(() => {});
			const hello = await client.call('hello', {1: uid, 2: 'host-without-port', 3: 'PROD'}, tokenOf(context));
			await client.call('release', {1: uid}, tokenOf(context));
			return answered(hello);
		},
	},
	updateRow('more targets than connections', 3, 'accepted'),
	updateRow('fewer targets than connections', 1, 'accepted'),
	updateRow('update without targets', 0, 'UNKNOWN'),
];

function requestRow(
	row: string,
	fields: Readonly<Record<number, string | number>>,
	original: string,
	isDefect: boolean,
): ConformanceRow {
	return {
		row,
		original,
		isDefect,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const message = {1: uid, 2: 'PROD', ...fields};
			const request = client.call('req', message, tokenOf(context));
			request.catch(() => {});
			await client.call('hello', {1: message[1], 2: nowhere, 3: 'PROD'}, tokenOf(context));
			const answer = await request;
			await client.call('release', {1: message[1]}, tokenOf(context));
			return answer.status === 0 ? seen(`accepted, ${answer.texts[1]?.length ?? 0} listeners`) : answered(answer);
		},
	};
}

function updateRow(row: string, targetCount: number, original: string): ConformanceRow {
	return {
		row,
		original,
		isDefect: false,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			await requestSession(client, {uid, connectionCount: 2, prodListeners: [nowhere], ...tokenOf(context)});
			const targets = Array.from({length: targetCount}, () => nowhere);
			const answer = await client.call('update', {1: uid, 2: targets, 3: 'PROD'}, tokenOf(context));
			await client.call('release', {1: uid}, tokenOf(context));
			return answered(answer);
		},
	};
}

/** The name of a gRPC status, or `accepted`. Throws when the connection ended without an answer. */
export function answered({status}: WireAnswer): ReturnType<typeof seen> {
	if (status < 0) {
		throw new Error('the connection ended without an answer');
	}
	return seen(status === 0 ? 'accepted' : (statusNames[status] ?? `status ${status}`));
}

export const tokenOf = ({token}: ProbeContext): {readonly token?: string} => (token === undefined ? {} : {token});

/** A port where nobody listens: nothing is carried in these rows. */
export const nowhere = '127.0.0.1:9';

const statusNames = [
	...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
	...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
	...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];
