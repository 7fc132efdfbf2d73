import assert from 'node:assert/strict';
import {type OnReadOpts, Socket} from 'node:net';

/**
 * A socket that a server has accepted, made to read into a buffer of ours: a server takes no `onread` for its sockets, only
 * `new Socket` and `connect` do, so the handle moves into a new one. The server must pause on connect; nothing is read until
 * the socket is resumed.
 */
export function acceptedSocket(accepted: Socket, onread: OnReadOpts): Socket {
	const shell = accepted as unknown as {_handle: object | null};
	const handle = shell._handle;
	assert(handle !== null, 'a socket is taken over in the turn in which it was accepted');
	shell._handle = null;
	return new Socket({handle, onread, allowHalfOpen: true, manualStart: true} as object);
}
