import assert from 'node:assert/strict';
import {closeSync, openSync} from 'node:fs';
import {checked, libc} from './libc.ts';

/** Where `ip netns add` keeps the namespaces that it names. */
export const namespacesFolder = '/run/netns';

/** Runs work in the network namespace of a site, and gives what it returns. */
export type EnterNamespace = <Result>(site: string, work: () => Result) => Result;

/** For a program that stands in the one namespace that it deals with. */
export const inOwnNamespace: EnterNamespace = (_site, work) => work();

/**
 * Runs `work` with this thread inside a named network namespace, and comes back whatever happens.
 *
 * `work` must be done when it returns: a socket that it makes and a program that it starts stay in that namespace, but what
 * it would do later is done outside. Only for a process of one thread that makes sockets, such as the holder.
 */
export function inNetworkNamespace<Result>(name: string, work: () => Result): Result {
	home ??= openSync('/proc/self/ns/net', 'r');
	const target = openSync(`${namespacesFolder}/${name}`, 'r');
	try {
		checked(`setns to the network namespace of ${name}`, libc.setns(target, CLONE_NEWNET));
	} finally {
		closeSync(target);
	}
	try {
		const result = work();
		assert(!(result instanceof Promise), 'work in a namespace is done when it returns');
		return result;
	} finally {
		checked('setns back to the outer namespace', libc.setns(home, CLONE_NEWNET));
	}
}

let home: number | undefined;
const CLONE_NEWNET = 0x4000_0000;
