import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
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
	clock,
	attachable = false,
}: {
	readonly engine: Engine;
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	readonly clock: Clock;
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
	for (let attempt = 0; attempt < attemptsMax; attempt++) {
		const {Id: id, IPAM} = (await atEngine(attempted, network.inspect())) as EngineNetwork;
		const subnet = IPAM?.Config?.[0]?.Subnet;
		if (subnet !== undefined) {
			return {id, name, subnet};
		}
		// The swarm gives it one a little later.
		await clock.sleep(pauseSeconds);
	}
	throw new StreambedError('ENGINE_REFUSED', `${attempted}: the swarm has no subnet left for it`, {
		hint: '`streambed clean` removes what killed runs left; a pool is given to a swarm by docker swarm init --default-addr-pool',
	});
}

type EngineNetwork = {
	readonly Id: string;
	readonly IPAM?: {readonly Config?: ReadonlyArray<{readonly Subnet?: string}> | null};
};

const attemptsMax = 50;
const pauseSeconds: Seconds = 0.1;

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
