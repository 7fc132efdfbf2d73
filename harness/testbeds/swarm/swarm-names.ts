import {createHash} from 'node:crypto';

/** What the parts of one variant are called at the swarm. No name is used again: one that was might still resolve to where it was before. */
export type SwarmNames = {
	readonly controlNetwork: string;
	readonly switchboard: string;
	readonly network: (link: string) => string;
	readonly service: (site: string) => string;
	/** Of the image of a foreign site. */
	readonly foreignContainer: (site: string) => string;
};

/** Names of services are labels of DNS: 63 characters at most, so that the run stands in them as a digest. */
export function swarmNames(label: string): SwarmNames {
	const prefix = `streambed-${createHash('sha256').update(label).digest('hex').slice(0, 12)}`;
	return {
		controlNetwork: `${prefix}-control-network`,
		switchboard: `${prefix}-switchboard`,
		network: link => `${prefix}-link-${link}`,
		service: site => `${prefix}-${site}`,
		foreignContainer: site => `${prefix}-${site}.foreign`,
	};
}
