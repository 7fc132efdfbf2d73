import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {emulatedPrefix} from './addressing.ts';
import {availableCongestionControls} from './available-congestion-controls.ts';
import {inNetworkNamespace} from './network-namespace.ts';
import {toolPath} from './tools.ts';

/** The algorithms that the established connections of a site use, as `ss` reports them, without repeats. */
export async function congestionControlsOf(site: string): Promise<string[]> {
	const {report} = inNetworkNamespace(site, () => ({
		report: promisify(execFile)(toolPath('ss'), ['-tinH', 'state', 'established', 'src', emulatedPrefix]),
	}));
	return parseCongestionControls((await report).stdout, availableCongestionControls());
}

/** Picks the names of algorithms out of `ss -tin`: words of the line below each connection, some of them before the name. */
export function parseCongestionControls(text: string, known: readonly string[]): string[] {
	const words = text
		.split('\n')
		.filter(line => /^\s/.test(line))
		.map(line =>
			line
				.trim()
				.split(/\s+/)
				.find(word => known.includes(word)),
		);
	return [...new Set(words.filter(word => word !== undefined))].sort();
}
