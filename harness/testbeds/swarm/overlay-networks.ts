import {StreambedError} from '#core/errors.ts';
import type {Engine} from '../docker/engine.ts';
import {atEngine} from '../docker/engine-error.ts';
import type {Manifest} from '../docker/manifest.ts';
import {overlaps} from '../docker/subnets.ts';

export type OverlayNetwork = {readonly id: string; readonly name: string; readonly subnet: string};

/**
 * Makes an overlay network, with a subnet that the swarm takes from its own pool, and no way out of it. Rejects with ENGINE_REFUSED when the pool has none
 * left.
 */
export async function makeOverlay({
	engine,
	name,
	labels,
	manifest,
	attachable = false,
}: {
	readonly engine: Engine;
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	/** For containers that are of no service, too. */
	readonly attachable?: boolean;
}): Promise<OverlayNetwork> {
	manifest.add({kind: 'network', name});
	const attempted = `making the overlay network ${name}`;
	const making = engine.createNetwork({
		Name: name,
		Driver: 'overlay',
		CheckDuplicate: true,
		Internal: true,
		Attachable: attachable,
		Labels: {...labels},
	});
	const network = await atEngine(attempted, making);
	const {Id: id, IPAM} = (await atEngine(attempted, network.inspect())) as {
		readonly Id: string;
		readonly IPAM?: {readonly Config?: ReadonlyArray<{readonly Subnet?: string}> | null};
	};
	const subnet = IPAM?.Config?.[0]?.Subnet;
	if (subnet === undefined) {
		throw new StreambedError('ENGINE_REFUSED', `${attempted}: the swarm has no subnet left for it`, {
			hint: '`streambed clean` removes what killed runs left; a pool is given to a swarm by docker swarm init --default-addr-pool',
		});
	}
	return {id, name, subnet};
}

/** Throws ENGINE_REFUSED when a network that keeps its addresses beside those of the sites has some of theirs. */
export function refuseSharedAddresses({name, subnet}: OverlayNetwork, addresses: readonly string[]): void {
	const shared = addresses.find(address => overlaps(subnet, `${address}/32`));
	if (shared !== undefined) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			`the swarm gave ${subnet} to ${name}, where addresses of the scenario are (${shared})`,
			{hint: 'give the swarm a pool outside of 198.18.0.0/15: docker swarm init --default-addr-pool'},
		);
	}
}
