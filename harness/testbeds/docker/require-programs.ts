import {StreambedError} from '#core/errors.ts';
import type {AgentConnection} from './agent-connection.ts';
import {howToBuild} from './image.ts';
import {programsDigest} from './programs-digest.ts';

/**
 * Rejects with IMAGE_UNFIT unless the programs of an agent's image are those of this build: of another, one might mean something else by a
 * message. One agent answers for all that run the same image.
 */
export async function requireProgramsOf(
	agent: Pick<AgentConnection, 'call'>,
	{image, signal}: {readonly image: string; readonly signal: AbortSignal},
): Promise<void> {
	requirePrograms(await digestOf(agent, signal), image);
}

/** Throws IMAGE_UNFIT unless this is the digest of this build's programs. */
export function requirePrograms(digest: string | undefined, image: string): void {
	if (digest !== programsDigest()) {
		throw new StreambedError('IMAGE_UNFIT', `the programs in the image ${image} are of another build than this one`, {
			hint: howToBuild(image),
		});
	}
}

/** Undefined from an agent that does not know the question, as those of older builds. */
async function digestOf(agent: Pick<AgentConnection, 'call'>, signal: AbortSignal): Promise<string | undefined> {
	try {
		const {digest} = await agent.call('programs-digest', {}, signal);
		return digest;
	} catch (error) {
		if (error instanceof StreambedError && error.code === 'COMMAND_FAILED') {
			return undefined;
		}
		throw error;
	}
}
