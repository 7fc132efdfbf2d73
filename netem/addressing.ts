import assert from 'node:assert/strict';
import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** The benchmark range of RFC 2544: routed nowhere, so nothing of ours can meet a real network. */
export const emulatedPrefix = '198.18.0.0/15';

/** Where the addresses of links are from: no program's own traffic comes from there and goes there. */
export const linkAddressRange = '198.19.0.0/16';

export type LinkAddresses = readonly [string, string];

export type AddressPlan = {
	/** One /32 a site, on its loopback device, from 198.18.0.0/16. */
	readonly siteAddresses: ReadonlyMap<string, string>;
	/** One /31 a link (RFC 3021), in the order of `between`, from 198.19.0.0/16. */
	readonly linkAddresses: ReadonlyMap<string, LinkAddresses>;
};

/** Gives every site and link its addresses, in the order of the scenario. Throws SCENARIO_INVALID when the range is too small. */
export function planAddresses(topology: Scenario['topology']): AddressPlan {
	const sites = Object.keys(topology.sites);
	refuseMoreThan(sitesMax, sites.length, 'sites');
	refuseMoreThan(linksMax, topology.links.length, 'links');
	return {
		siteAddresses: new Map(sites.map((site, index) => [site, addressText(firstSite + index)])),
		linkAddresses: new Map(
			topology.links.map(({name}, index) => [
				name,
				[addressText(firstLink + 2 * index), addressText(firstLink + 2 * index + 1)],
			]),
		),
	};
}

/** The even address names the /31 that it shares with the one above it. */
export const linkPrefix = ([even]: LinkAddresses): string => `${even}/31`;

const firstSite = 0xc6_12_00_01; // 198.18.0.1
const firstLink = 0xc6_13_00_00; // 198.19.0.0
const sitesMax = 65_535;
const linksMax = 32_768;

function addressText(address: number): string {
	assert(Number.isSafeInteger(address));
	return [24, 16, 8, 0].map(shift => (address >>> shift) & 0xff).join('.');
}

function refuseMoreThan(max: number, count: number, what: string): void {
	if (count > max) {
		throw new StreambedError('SCENARIO_INVALID', `the topology has ${count} ${what}; ${emulatedPrefix} holds ${max}`, {
			hint: 'split the scenario into smaller topologies',
		});
	}
}
