import {join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** The bundle that keeps a broker, whatever starts it. */
export const brokerProgramPath: string = join(packageRoot, 'dist/proxies/brokers/broker-node.js');

const suffix = '/broker';

/** What the program that keeps a site's broker is called beside the program of the site. No site has a slash in its name. */
export const brokerProgram = (site: string): string => `${site}${suffix}`;

/** The site of a program, by what it is called. */
export const siteOfProgram = (program: string): string => program.split('/', 1)[0] ?? program;

/** The sites at which a broker stands: each compute site, where the stack has brokers. */
export function brokerSites({stack, topology}: Pick<Scenario, 'stack' | 'topology'>): readonly string[] {
	const sites = Object.entries(topology.sites);
	return stack.broker ? sites.flatMap(([site, {role}]) => (role === 'compute' ? [site] : [])) : [];
}
