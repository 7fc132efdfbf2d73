import type {Scenario} from '#core/scenario/schema.ts';
import {mustGet} from '#netem/must-get.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsage} from '../foreign/foreign-usage.ts';
import type {SiteAgent} from './agent-connection.ts';
import type {Engine} from './engine.ts';
import type {ForeignContainer} from './foreign-container.ts';
import {findNamedImage, type SiteImage} from './image.ts';

/** The programs of all foreign sites that stand, each looked at from a site beside it. */
export class ForeignContainers {
	readonly #standing: ReadonlyArray<{readonly program: ForeignProgram; readonly container: ForeignContainer}>;

	constructor(standing: ReadonlyArray<{readonly program: ForeignProgram; readonly container: ForeignContainer}>) {
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

/** The images that foreign sites name, each once. Rejects with IMAGE_UNFIT when one is not there. */
export function findForeignImages(
	engine: Engine,
	{topology}: Pick<Scenario, 'topology'>,
): Promise<readonly SiteImage[]> {
	const names = Object.values(topology.sites).flatMap(site =>
		site.role === 'foreign' && site.image !== undefined ? [site.image] : [],
	);
	return Promise.all([...new Set(names)].map(name => findNamedImage(engine, name)));
}
