import type {Engine} from './engine.ts';
import {isEngineGone} from './engine-error.ts';

/** Why a container has ended; `engine` when it is the engine itself that went away. */
export type ContainerEnd = {
	readonly of: 'container' | 'engine';
	readonly reason: string;
	/** Where it ended by itself. */
	readonly exitCode?: number;
};

/** To be asked once its output is over. */
export async function endOf({
	engine,
	name,
	removal,
}: {
	readonly engine: Engine;
	readonly name: string;
	/** Of a container that its engine removes as soon as it has ended: its exit code, asked for before it began. */
	readonly removal?: Promise<number> | undefined;
}): Promise<ContainerEnd> {
	try {
		if (removal) {
			const exitCode = await removal;
			return {of: 'container', reason: `exit code ${exitCode}`, exitCode};
		}
		const {State} = await engine.getContainer(name).inspect();
		if (State.Running) {
			return {of: 'container', reason: 'the engine closed its input and output while it ran'};
		}
		const {ExitCode: exitCode, OOMKilled: isOutOfMemory} = State;
		const why = isOutOfMemory ? ', out of memory' : exitCode === endedByTerm ? toldToEnd : '';
		return {of: 'container', reason: `exit code ${exitCode}${why}`, exitCode};
	} catch (cause) {
		return isEngineGone(cause)
			? {
					of: 'engine',
					reason: 'the container engine went away; once it is back, `streambed clean` removes what was left',
				}
			: {of: 'container', reason: 'somebody removed it'};
	}
}

/** 128 and the number of the signal. */
const endedByTerm = 143;
const toldToEnd =
	', told to end by TERM, as by an engine that stops: once that is back, `streambed clean` removes what was left';
