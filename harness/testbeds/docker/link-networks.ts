import {StreambedError} from '#core/errors.ts';
import type {PlannedLink} from '#netem/topology-plan.ts';
import type {Engine} from './engine.ts';
import {atEngine, engineError, hasStatus} from './engine-error.ts';
import type {Manifest} from './manifest.ts';
import {freeSubnets, overlaps, type Subnet} from './subnets.ts';

/** A network that stands for one link, with the address of each end as the engine gives it. */
export type LinkNetwork = {
	readonly name: string;
	readonly addresses: ReadonlyMap<string, string>;
};

/**
 * Looks for the subnets that the engine has left, and gives what makes the network of a link in one of them. That may be called for many links at a
 * time; it rejects with ENGINE_REFUSED when the range has no subnet left, or a name is taken.
 *
 * A bridge of the engine lets pass only what is addressed within its subnet where the host filters what crosses bridges, and our packets
 * carry the addresses of the plan. There, the network is not internal; nothing of ours has a route out of it all the same.
 */
export async function linkNetworkMaker({
	engine,
	siteAddresses,
	prefix,
	labels,
	manifest,
	range,
}: {
	readonly engine: Engine;
	readonly siteAddresses: readonly string[];
	/** The names of networks begin with it. */
	readonly prefix: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly manifest: Manifest;
	readonly range: string;
}): Promise<(link: PlannedLink) => Promise<LinkNetwork>> {
	const asking = Promise.all([canBeInternal(engine), takenSubnets(engine)]);
	const [internal, taken] = await atEngine('looking for the networks of the engine', asking);
	if (!internal) {
		refuseTranslated(siteAddresses, taken);
	}
	const subnets = freeSubnets({range, taken, key: prefix});
	return async link => {
		const name = `${prefix}-${link.name}`;
		// One after the other for all links together: leaving a loop over them would end it for those that come later.
		for (let next = subnets.next(); !next.done; next = subnets.next()) {
			const subnet = next.value;
			manifest.add({kind: 'network', name});
			try {
				await engine.createNetwork({
					Name: name,
					Driver: 'bridge',
					CheckDuplicate: true,
					Internal: internal,
					Labels: {...labels},
					IPAM: {Driver: 'default', Config: [{Subnet: subnet.prefix}]},
					Options: {'com.docker.network.bridge.enable_ip_masquerade': 'false'},
				});
				return {name, addresses: addressesOf(link, subnet)};
			} catch (cause) {
				// Another run took it at the same time.
				if (!(hasStatus(cause, 403, 500) && /overlap/i.test(String(cause)))) {
					throw engineError(`making a network for the link ${link.name}`, cause);
				}
			}
		}
		throw new StreambedError('ENGINE_REFUSED', `no subnet of ${range} is left for the link ${link.name}`, {
			hint: '`streambed clean` removes what killed runs left; `docker network ls` shows whose the others are',
		});
	};
}

function addressesOf({ends}: PlannedLink, subnet: Subnet): ReadonlyMap<string, string> {
	return new Map([
		[ends[0].site, subnet.ends[0]],
		[ends[1].site, subnet.ends[1]],
	]);
}

/** Where the host filters what crosses bridges, the engine translates what comes from a network of its own, on our bridges too. */
function refuseTranslated(siteAddresses: readonly string[], taken: readonly string[]): void {
	for (const address of siteAddresses) {
		const subnet = taken.find(prefix => overlaps(prefix, `${address}/32`));
		if (subnet !== undefined) {
			throw new StreambedError(
				'ENGINE_REFUSED',
				`a network of the engine is ${subnet}, where the site addresses are (${address})`,
				{hint: 'give that network another subnet; for the default bridge, `bip` in the settings of the engine'},
			);
		}
	}
}

/** Only an engine that says so is known not to filter what crosses its bridges. */
async function canBeInternal(engine: Engine): Promise<boolean> {
	const info: unknown = await engine.info();
	return typeof info === 'object' && info !== null && 'BridgeNfIptables' in info && info.BridgeNfIptables === false;
}

async function takenSubnets(engine: Engine): Promise<readonly string[]> {
	const networks = await engine.listNetworks();
	return networks.flatMap(({IPAM}) => (IPAM?.Config ?? []).flatMap(({Subnet: subnet}) => (subnet ? [subnet] : [])));
}
