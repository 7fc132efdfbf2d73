import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {emulatedPrefix} from './addressing.ts';
import {availableCongestionControls} from './available-congestion-controls.ts';
import {type EnterNamespace, inNetworkNamespace} from './network-namespace.ts';
import {toolPath} from './tools.ts';

/**
 * The algorithms that the established connections of a site use, as `ss` reports them, without repeats; not those with one peer
 * that is no site.
 */
export async function congestionControlsOf(
	site: string,
	enter: EnterNamespace = inNetworkNamespace,
	exceptPeer?: string,
): Promise<string[]> {
	const except = exceptPeer === undefined ? [] : ['and', 'not', 'dst', exceptPeer];
	const filter = ['state', 'established', 'src', emulatedPrefix, ...except];
	const {report} = enter(site, () => ({report: promisify(execFile)(toolPath('ss'), ['-tinH', ...filter])}));
	return parseCongestionControls((await report).stdout, availableCongestionControls());
}

/**
 * Picks the names of algorithms out of `ss -tin`: words of the line below each connection, some of them before the name. A
 * connection of a site with itself crosses no link and does not count.
 */
export function parseCongestionControls(text: string, known: readonly string[]): string[] {
	const found = new Set<string>();
	let crossesLink = true;
	for (const line of text.split('\n')) {
		const words = line.trim().split(/\s+/);
		if (!/^\s/.test(line)) {
			const [local, peer] = words.slice(-2).map(end => end.replace(/:\d+$/, ''));
			crossesLink = local !== peer;
			continue;
		}
		const name = words.find(word => known.includes(word));
		if (name !== undefined && crossesLink) {
			found.add(name);
		}
	}
	return [...found].sort();
}
