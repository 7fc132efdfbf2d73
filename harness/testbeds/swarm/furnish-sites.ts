import {relative} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {mustGet} from '#netem/must-get.ts';
import type {PlannedLink, TopologyPlan} from '#netem/topology-plan.ts';
import type {DeployedProgram} from '../deployed-programs.ts';
import type {Neighbour} from './agent-messages.ts';
import type {PlacedSite} from './underlay.ts';

/** Makes the interfaces of every site the devices of the plan, shapes them, lets neighbours know each other, and starts the programs. */
export async function furnishSites({
	plan,
	placed,
	programs,
	signal,
}: {
	readonly plan: TopologyPlan;
	readonly placed: ReadonlyMap<string, PlacedSite>;
	readonly programs: readonly DeployedProgram[];
	readonly signal: AbortSignal;
}): Promise<void> {
	await Promise.all(
		plan.namespaces.map(async namespace => {
			const {site} = namespace;
			const links = plan.links.filter(({ends}) => ends.some(end => end.site === site));
			const {agent, addresses, isForeign} = mustGet(placed, site);
			const devices = links.map(({name, device}) => ({device, address: mustGet(addresses, name)}));
			await agent.call('furnish', {namespace, links, devices, keepsNames: isForeign}, signal);
			const neighbours = await Promise.all(links.map(link => neighbourOf(site, link, placed)));
			await agent.call('meet-neighbours', {neighbours}, signal);
			const own = programs
				.filter(program => program.site === site)
				.map(program => ({...program, path: relative(packageRoot, program.path)}));
			await agent.call('start-programs', {programs: own}, signal);
		}),
	);
}

/** Who stands at the far end of a link of a site, with the interface that the engine made there. */
async function neighbourOf(
	site: string,
	{name, device, ends}: PlannedLink,
	placed: ReadonlyMap<string, PlacedSite>,
): Promise<Neighbour> {
	const far = ends[0].site === site ? ends[1] : ends[0];
	const {agent, addresses} = mustGet(placed, far.site);
	const engineAddress = mustGet(addresses, name);
	const {interfaces} = await agent.hello;
	const found = interfaces.find(({address}) => address === engineAddress);
	if (!found) {
		throw new StreambedError(
			'COMMAND_FAILED',
			`no interface of ${far.site} has ${engineAddress}, which is its end of ${name}`,
		);
	}
	return {device, address: far.address, hardwareAddress: found.hardwareAddress};
}
