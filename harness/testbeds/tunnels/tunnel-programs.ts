import {join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';
import type {Scenario} from '#core/scenario/schema.ts';

const suffix = '/user-client';

/** What the user client is called beside the program of its site. No site has a slash in its name. */
export const userClientProgram = (site: string): string => `${site}${suffix}`;

/** The programs of a tunnel, to run beside those of the other sites: one at each gateway, and the user client at the consumer's site. */
export function tunnelPrograms({stack, topology}: Pick<Scenario, 'stack' | 'topology'>): ReadonlyArray<{
	readonly site: string;
	readonly name: string;
	readonly path: string;
}> {
	if (!stack.tunnel) {
		return [];
	}
	return Object.entries(topology.sites).flatMap(([site, {role}]) => {
		switch (role) {
			case 'gateway':
				return [{site, name: site, path: programPath('gateway-node.js')}];
			case 'consumer':
				return [{site, name: userClientProgram(site), path: programPath('user-client-node.js')}];
			default:
				return [];
		}
	});
}

const programPath = (name: string): string => join(packageRoot, 'dist/proxies/scistream/nodes', name);
