import {StreambedError} from '#core/errors.ts';

/** Throws SCENARIO_INVALID where a scenario names an image and a testbed runs none. */
export function refuseImage({
	key,
	image,
	testbed,
	hasImages,
}: {
	/** Where the scenario says so. */
	readonly key: string;
	readonly image: string;
	readonly testbed: string;
	readonly hasImages: boolean;
}): void {
	if (!hasImages) {
		throw new StreambedError(
			'SCENARIO_INVALID',
			`${key} is ${image}, and the testbed ${testbed} runs no images of a scenario's`,
			{hint: `run it with --testbed docker, or leave ${key} out: then the software that the testbed has is taken`},
		);
	}
}
