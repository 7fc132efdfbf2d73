import type {Clock} from '#core/clock.ts';
import {mustGet} from '#netem/must-get.ts';
import type {TopologyPlan} from '#netem/topology-plan.ts';
import type {Engine} from '../docker/engine.ts';
import type {Manifest} from '../docker/manifest.ts';
import {makeOverlay, type OverlayNetwork, refuseSharedAddresses} from './overlay-networks.ts';
import type {SwarmNames} from './swarm-names.ts';

/** One network for what the harness says, and one for each link, by the link's name. */
export type SwarmNetworks = {
	readonly control: OverlayNetwork;
	readonly byLink: ReadonlyMap<string, OverlayNetwork>;
	/** Those of the links that end at a site, by the names of the links. */
	readonly at: (site: string) => ReadonlyMap<string, OverlayNetwork>;
};

/** Makes all of them at once. Rejects with ENGINE_REFUSED. */
export async function makeSwarmNetworks({
	plan,
	names,
	...common
}: {
	readonly plan: TopologyPlan;
	readonly names: SwarmNames;
	readonly engine: Engine;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	readonly clock: Clock;
}): Promise<SwarmNetworks> {
	const [control, links] = await Promise.all([
		makeOverlay({...common, name: names.controlNetwork, attachable: true}),
		Promise.all(
			plan.links.map(async ({name}) => [name, await makeOverlay({...common, name: names.network(name)})] as const),
		),
	]);
	const byLink = new Map(links);
	// The interfaces of links get the addresses of the plan; that of the control network keeps its own.
	refuseSharedAddresses(control, [
		...plan.namespaces.map(({address}) => address),
		...plan.links.flatMap(({ends}) => ends.map(({address}) => address)),
	]);
	return {
		control,
		byLink,
		at: site =>
			new Map(
				plan.links
					.filter(({ends}) => ends.some(end => end.site === site))
					.map(({name}) => [name, mustGet(byLink, name)]),
			),
	};
}
