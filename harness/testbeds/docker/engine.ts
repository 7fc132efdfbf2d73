import {type ContainerRuntimeClient, getContainerRuntimeClient} from 'testcontainers';
import {StreambedError} from '#core/errors.ts';
import {atEngine} from './engine-error.ts';
import {requireReachable} from './engine-socket.ts';

/** The engine's client, as testcontainers holds it. */
export type Engine = ContainerRuntimeClient['container']['dockerode'];

/**
 * Opens the engine that DOCKER_HOST names, or the one that testcontainers finds. Rejects with ENGINE_UNREACHABLE when none answers,
 * with ENGINE_REFUSED when it speaks too old an API.
 */
export async function openEngine(): Promise<Engine> {
	// Ryuk is an image of its own, which not everybody can pull. What we make is removed by our own reaper, with it or without it.
	process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
	await requireReachable(process.env.DOCKER_HOST);
	let client: ContainerRuntimeClient;
	try {
		client = await getContainerRuntimeClient();
	} catch (cause) {
		const {DOCKER_HOST: host = ''} = process.env;
		const where = host === '' ? 'on this machine' : `at ${host}, which DOCKER_HOST names`;
		throw new StreambedError('ENGINE_UNREACHABLE', `no container engine answers ${where}`, {
			cause,
			hint: 'start one (systemctl start docker), or set DOCKER_HOST to where one listens; scripts/start-docker.sh starts one of its own',
		});
	}
	const engine = client.container.dockerode;
	const {ApiVersion} = await atEngine('asking for the version of the engine', engine.version());
	if (Number(ApiVersion.split('.')[1]) < oldestMinor) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			`the container engine speaks API ${ApiVersion}; 1.${oldestMinor} is needed`,
			{
				hint: 'install Docker 19.03 or newer',
			},
		);
	}
	return engine;
}

/** Docker 19.03. */
const oldestMinor = 40;
