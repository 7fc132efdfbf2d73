import {join} from 'node:path';
import {logVerbosity, type MethodDefinition, setLogVerbosity} from '@grpc/grpc-js';
import {loadSync} from '@grpc/proto-loader';
import {packageRoot} from '#core/package-root.ts';
import type {Role} from './role.ts';

/** A whole number of the contract; its unit is told beside it. */
type Int32 = number;

/** The messages as they stand on the wire, in the words of control.proto. `rate` is in Mbit/s. */
export type WireRequest = {readonly uid: string; readonly role: string; readonly num_conn: Int32; readonly rate: Int32};
export type WireUpdate = {readonly uid: string; readonly remote_listeners: readonly string[]; readonly role: string};
export type WireRelease = {readonly uid: string};
export type WireHello = {readonly uid: string; readonly prod_listeners: readonly string[]; readonly role: string};
export type WireResponse = {readonly listeners: readonly string[]; readonly prod_listeners: readonly string[]};
export type WireAppResponse = {readonly message: string; readonly listeners: readonly string[]};

/** One session, in the words of sessions.proto. */
export type WireStatus = {
	readonly uid: string;
	readonly role: Role;
	readonly state: string;
	readonly reason: string;
	readonly data_server: string;
	readonly listeners: readonly string[];
	readonly prod_listeners: readonly string[];
	readonly targets: readonly string[];
	readonly unused_targets: readonly string[];
	readonly limit_bits_per_second: Int32;
	/** What is counted is not there when the data server cannot tell at present. */
	readonly forward_bytes?: Int32;
	readonly backward_bytes?: Int32;
	readonly forward_bits_per_second?: Int32;
	readonly backward_bits_per_second?: Int32;
	readonly connections_open?: Int32;
	readonly connections_total?: Int32;
	readonly restarts: Int32;
	readonly lease_seconds: Int32;
	readonly connections_refused?: Int32;
	readonly last_refusal: string;
};
export type WireList = {
	readonly sessions: readonly WireStatus[];
	readonly data_server: string;
	readonly free_ports: Int32;
};

/** SciStream's own service: exactly its names and fields. */
export type ControlService = {
	readonly req: MethodDefinition<WireRequest, WireResponse>;
	readonly update: MethodDefinition<WireUpdate, WireResponse>;
	readonly release: MethodDefinition<WireRelease, WireResponse>;
	readonly hello: MethodDefinition<WireHello, WireAppResponse>;
};

/** Ours, beside it. */
export type SessionsService = {
	readonly status: MethodDefinition<{readonly uid: string}, WireStatus>;
	readonly list: MethodDefinition<Record<never, never>, WireList>;
};

// The library writes to standard error what it hands us as an error anyway.
setLogVerbosity(logVerbosity.NONE);

const definitions = loadSync(
	['control.proto', 'sessions.proto'].map(name => join(packageRoot, 'proxies/scistream', name)),
	{keepCase: true, longs: Number, defaults: true, arrays: true},
);

export const controlService = definitions['scistream.Control'] as unknown as ControlService;
export const sessionsService = definitions['streambed.scistream.Sessions'] as unknown as SessionsService;

/** What stands in the metadata for a token where there is none. */
export const noToken = 'INVALID_TOKEN';
