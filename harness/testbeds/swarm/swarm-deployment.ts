import type {SiteHost, UnderlayMeasurement} from '#core/records/run-document.ts';
import {DockerDeployment} from '../docker/docker-deployment.ts';
import type {ClockWatch} from './clock-watch.ts';

/** On which node a site stands, and how far its clock is known. */
export type SiteOnNode = {readonly site: string; readonly node: string; readonly clock: ClockWatch};

/** A topology of services that stands: its agents are spoken to as those of containers are, once their clocks are translated. */
export class SwarmDeployment extends DockerDeployment {
	readonly underlay: readonly UnderlayMeasurement[];
	readonly #places: readonly SiteOnNode[];

	constructor({
		underlay,
		places,
		...standing
	}: ConstructorParameters<typeof DockerDeployment>[0] & {
		readonly underlay: readonly UnderlayMeasurement[];
		readonly places: readonly SiteOnNode[];
	}) {
		super(standing);
		this.underlay = underlay;
		this.#places = places;
	}

	get hosts(): readonly SiteHost[] {
		return this.#places.map(({site, node, clock}) => ({
			site,
			host: node,
			clockOffsetSeconds: Number(clock.offsetNs) / 1e9,
			clockUncertaintyMs: clock.uncertaintyMs,
		}));
	}
}
