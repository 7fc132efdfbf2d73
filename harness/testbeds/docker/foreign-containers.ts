import type {Scenario} from '#core/scenario/schema.ts';
import {mustGet} from '#netem/must-get.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import type {SiteAgent} from './agent-connection.ts';
import type {Engine} from './engine.ts';
import {findNamedImage, type SiteImage} from './image.ts';

/** The programs of all foreign sites that stand, each looked at from a site beside it. */
export class ForeignContainers {
	readonly #standing: readonly StandingForeign[];

	constructor(standing: readonly StandingForeign[]) {
		this.#standing = standing;
	}

	async usage(agents: ReadonlyMap<string, SiteAgent>): Promise<readonly ForeignUsage[]> {
		const usages = await Promise.all(
			this.#standing.map(async ({program: {address, port, probedFrom}, container}) => {
				const usage = await container.usage();
				if (usage === undefined || probedFrom === undefined) {
					return usage ?? [];
				}
				return {...usage, probe: await mustGet(agents, probedFrom).call('probe-server', {address, port})};
			}),
		);
		return usages.flat();
	}
}

type StandingForeign = {
	readonly program: ForeignProgram;
	/** Wherever that is. */
	readonly container: {usage(): Promise<Omit<ForeignUsage, 'probe'> | undefined>};
};

/** The images that foreign sites name, each once. Rejects with IMAGE_UNFIT when one is not there. */
export function findForeignImages(
	engine: Engine,
	{topology}: Pick<Scenario, 'topology'>,
): Promise<readonly SiteImage[]> {
	const keys = new Map<string, string>();
	for (const [name, site] of Object.entries(topology.sites)) {
		if (site.role === 'foreign' && site.image !== undefined && !keys.has(site.image)) {
			keys.set(site.image, `topology.sites.${name}.image`);
		}
	}
	return Promise.all([...keys].map(([name, key]) => findNamedImage(engine, {name, key})));
}
