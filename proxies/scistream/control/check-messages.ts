import type {BitsPerSecond} from '#core/units.ts';
import type {WireHello, WireRequest, WireUpdate} from '../control-protocol.ts';
import {type Endpoint, parseEndpoint} from '../endpoint.ts';
import {isRole, type Role} from '../role.ts';
import {CallRefusal} from './call-refusal.ts';

/** What a `req` asks for, once it is known to make sense. */
export type SessionRequest = {
	readonly uid: string;
	readonly role: Role;
	readonly connectionCount: number;
	/** Absent: no limit. */
	readonly bitsPerSecond?: BitsPerSecond;
};

/** The uid of any call. Throws a refusal when it is empty, longer than 128 characters, or not printable ASCII. */
export function checkUid(uid: string): string {
	if (!/^[\x21-\x7e]{1,128}$/.test(uid)) {
		const found = uid === '' ? 'it is empty' : `it has ${uid.length} characters`;
		throw invalid(`uid: it takes 1 to 128 printable ASCII characters without spaces; ${found}`);
	}
	return uid;
}

export function checkRequest({uid, role, num_conn, rate}: WireRequest): SessionRequest {
	checkUid(uid);
	if (num_conn < 1) {
		throw invalid(`num_conn: a session has one connection at least, not ${num_conn}`);
	}
	if (rate < 0) {
		throw invalid(`rate: it is 0 (no limit) or more, in Mbit/s, not ${rate}`);
	}
	return {
		uid,
		role: checkRole(role),
		connectionCount: num_conn,
		...(rate === 0 ? {} : {bitsPerSecond: rate * bitsPerMegabit}),
	};
}

/** The producer's listeners that a hello brings; it may bring none. */
export function checkHello({uid, prod_listeners, role}: WireHello): readonly string[] {
	checkUid(uid);
	// A hello to the consumer's server says PROD, too: whose application speaks does not follow from whose gateway listens.
	checkRole(role);
	checkEndpoints('prod_listeners', prod_listeners);
	return prod_listeners;
}

export function checkUpdate({uid, remote_listeners, role}: WireUpdate): {
	readonly role: Role;
	readonly targets: readonly Endpoint[];
} {
	checkUid(uid);
	if (remote_listeners.length === 0) {
		throw invalid('remote_listeners: there is none, so there is nowhere to connect to');
	}
	return {role: checkRole(role), targets: checkEndpoints('remote_listeners', remote_listeners)};
}

function checkRole(role: string): Role {
	if (!isRole(role)) {
		throw invalid(`role: it is PROD or CONS, not ${quoted(role)}`);
	}
	return role;
}

function checkEndpoints(field: string, texts: readonly string[]): readonly Endpoint[] {
	if (texts.length > endpointCountMax) {
		throw invalid(`${field}: ${endpointCountMax} at most, not ${texts.length}`);
	}
	return texts.map((text, index) => {
		const endpoint = parseEndpoint(text);
		if (!endpoint) {
			throw invalid(`${field}[${index}]: a listener is host:port, not ${quoted(text)}`);
		}
		return endpoint;
	});
}

const invalid = (message: string): CallRefusal => new CallRefusal('INVALID_ARGUMENT', message);

/** Foreign text, short enough and printable. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 60));

const endpointCountMax = 1000;
const bitsPerMegabit = 1e6;
