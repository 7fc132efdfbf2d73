import {StreambedError} from '#core/errors.ts';
import type {Capability} from '#netem/capabilities.ts';
import {type Engine, openEngine} from './engine.ts';
import {atEngine} from './engine-error.ts';
import {findSiteImage, siteImageName} from './image.ts';

/** What the container engine of this machine is, and whether it has the image of the sites. Only the docker testbed needs it. */
export async function engineCapabilities(): Promise<readonly Capability[]> {
	let engine: Engine;
	try {
		engine = await openEngine();
	} catch (error) {
		return [lacking('container engine', error)];
	}
	const [{Version, ApiVersion}, info] = await atEngine(
		'asking the engine what it is',
		Promise.all([engine.version(), engine.info() as Promise<EngineInfo>]),
	);
	return [
		able('container engine', `${Version}, API ${ApiVersion}, ${info.Driver}`),
		able('cgroups of containers', `version ${info.CgroupVersion ?? 1}, ${info.CgroupDriver}`),
		await imageCapability(engine),
	];
}

/** Of what the engine says of itself. */
type EngineInfo = {readonly Driver: string; readonly CgroupDriver: string; readonly CgroupVersion?: string};

async function imageCapability(engine: Engine): Promise<Capability> {
	const name = `image ${siteImageName()}`;
	try {
		return able(name, (await findSiteImage(engine)).digest);
	} catch (error) {
		return lacking(name, error);
	}
}

const able = (name: string, detail: string): Capability => ({name, ok: true, detail, required: false});

function lacking(name: string, error: unknown): Capability {
	if (!(error instanceof StreambedError)) {
		throw error;
	}
	const {message: detail, hint} = error;
	return {name, ok: false, detail, required: false, ...(hint === undefined ? {} : {remedy: hint})};
}
