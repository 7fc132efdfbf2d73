import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {connect} from 'node:net';
import {StreambedError} from '#core/errors.ts';

const usualSocket = '/var/run/docker.sock';

/**
 * Rejects with ENGINE_UNREACHABLE and the reason when nobody listens at the socket, or this user may not speak to it. Testcontainers would
 * go on to another engine, and say only that none works.
 */
export async function requireReachable(dockerHost: string | undefined): Promise<void> {
	const path = socketPath(dockerHost);
	if (path === undefined) {
		return;
	}
	const socket = connect(path);
	try {
		await once(socket, 'connect');
	} catch (cause) {
		throw new StreambedError('ENGINE_UNREACHABLE', `the container engine at ${path} ${reasonOf(cause)}`, {
			cause,
			hint: hintFor(cause),
		});
	} finally {
		socket.destroy();
	}
}

/** Nothing where the engine is not reached by a socket, or the usual one is not there: testcontainers knows others. */
function socketPath(dockerHost: string | undefined): string | undefined {
	if (dockerHost === undefined || dockerHost === '') {
		return existsSync(usualSocket) ? usualSocket : undefined;
	}
	return dockerHost.startsWith('unix://') ? dockerHost.slice('unix://'.length) : undefined;
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);

function reasonOf(cause: unknown): string {
	switch (codeOf(cause)) {
		case 'EACCES':
		case 'EPERM':
			return `refuses user ${process.getuid?.()}: no permission on its socket`;
		case 'ENOENT':
			return 'is not there: no such socket';
		case 'ECONNREFUSED':
			return 'does not run: nobody listens at its socket';
		default:
			return `cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
	}
}

const hintFor = (cause: unknown): string =>
	['EACCES', 'EPERM'].includes(String(codeOf(cause)))
		? 'as root: usermod --append --groups docker USER, and log in anew as that user'
		: 'start it (systemctl start docker), or set DOCKER_HOST to another; scripts/start-docker.sh starts one of its own';
