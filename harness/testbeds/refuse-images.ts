import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';

/** Throws SCENARIO_INVALID when a scenario names an image of brokers or of data servers, for a testbed that runs none: software of its own would look like the image. */
export function refuseImages({stack: {broker, tunnel}}: Pick<Scenario, 'stack'>, testbed: string): void {
	for (const [key, image] of [
		['stack.broker.image', broker?.image],
		['stack.tunnel.image', tunnel?.image],
	]) {
		if (image !== undefined) {
			throw new StreambedError(
				'SCENARIO_INVALID',
				`${key} is ${image}, and the testbed ${testbed} runs no brokers and no data servers of an image`,
				{hint: `run it with --testbed docker, or leave ${key} out: then the software that the testbed has is taken`},
			);
		}
	}
}
