import type {Scenario} from '#core/scenario/schema.ts';
import type {Engine} from './engine.ts';
import {findNamedImage, type SiteImage} from './image.ts';

/** The image of the data servers; nothing where they are ours. Rejects with IMAGE_UNFIT when it is not at the engine. */
export async function findServerImage(
	engine: Engine,
	{stack: {tunnel}}: Pick<Scenario, 'stack'>,
): Promise<SiteImage | undefined> {
	return tunnel?.image === undefined
		? undefined
		: await findNamedImage(engine, {name: tunnel.image, key: 'stack.tunnel.image'});
}
