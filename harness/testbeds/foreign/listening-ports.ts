import {existsSync, readFileSync} from 'node:fs';
import type {EnterNamespace} from '#netem/network-namespace.ts';

/** The ports at which something listens for TCP in the network namespace of a site, as its kernel says: nothing is connected to. */
export function listeningPorts(site: string, enter: EnterNamespace): ReadonlySet<number> {
	return enter(site, () => {
		const tables = ['/proc/thread-self/net/tcp', '/proc/thread-self/net/tcp6'].filter(path => existsSync(path));
		return new Set(tables.flatMap(path => parseListening(readFileSync(path, 'utf8'))));
	});
}

/** Pure; of a table in the form of `/proc/net/tcp`, whose numbers are hexadecimal. */
export function parseListening(table: string): readonly number[] {
	return table.split('\n').flatMap(line => {
		const [, local = '', , state] = line.trim().split(/\s+/);
		return state === listening ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
	});
}

/** TCP_LISTEN. */
const listening = '0A';
