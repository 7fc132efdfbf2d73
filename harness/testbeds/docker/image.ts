import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import type {Engine} from './engine.ts';
import {engineError, hasStatus} from './engine-error.ts';

export type SiteImage = {
	readonly name: string;
	/** What a registry knows it by, or where it was built here, its own id: either way, what is in it and nothing else. */
	readonly digest: string;
	/** What every engine knows it by, wherever that has it from. */
	readonly id: string;
	/** What its containers start, whatever they are told. */
	readonly entryPoint: readonly string[];
};

/** What the image of the site programs is called: STREAMBED_DOCKER_IMAGE, or by our own version. */
export function siteImageName(): string {
	const {version} = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {readonly version: string};
	return process.env.STREAMBED_DOCKER_IMAGE ?? `streambed:${version}`;
}

/** Finds the image of our programs at the engine. Rejects with IMAGE_UNFIT and how to build it when it is not there. */
export const findSiteImage = (engine: Engine, name: string = siteImageName()): Promise<SiteImage> =>
	findImage(engine, {name, hint: howToBuild(name)});

/** Finds an image at the engine. Rejects with IMAGE_UNFIT and the hint when it is not there; nothing is pulled. */
async function findImage(
	engine: Engine,
	{name, hint}: {readonly name: string; readonly hint: string},
): Promise<SiteImage> {
	try {
		const {Id, RepoDigests, Config} = await engine.getImage(name).inspect();
		return {name, digest: RepoDigests[0] ?? Id, id: Id, entryPoint: [Config.Entrypoint ?? []].flat()};
	} catch (cause) {
		if (!hasStatus(cause, 404)) {
			throw engineError(`looking for the image ${name}`, cause);
		}
		throw new StreambedError('IMAGE_UNFIT', `the container engine has no image ${name}`, {
			cause,
			hint,
		});
	}
}

/** Finds the image that a key of a scenario names. Rejects with IMAGE_UNFIT, the key and how to bring the image when it is not there. */
export const findNamedImage = (
	engine: Engine,
	{name, key}: {readonly name: string; readonly key: string},
): Promise<SiteImage> =>
	findImage(engine, {
		name,
		hint: `see ${key}; nothing is pulled by a run: docker pull ${name}, or docker load`,
	});

/** The command that makes the image anew from this checkout. */
export const howToBuild = (name: string): string =>
	`docker build --tag ${name} . (or, without a registry, sh scripts/build-image.sh ${name})`;
