import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from './engine.ts';

/**
 * Waits for the nodes of a swarm to have ended the tasks of services that were removed, for a while: a node may have gone. Until then the networks stay. An
 * engine that is about to enter a network out of which all others have just gone waits half a minute for an answer of theirs, and does nothing else meanwhile.
 * A manager that refuses to say ends the wait.
 */
export async function untilTasksEnd({
	engine,
	services,
	clock,
}: {
	readonly engine: Engine;
	/** By their ids. */
	readonly services: readonly string[];
	readonly clock: Clock;
}): Promise<void> {
	for (let attempt = 0; attempt < attemptsMax; attempt++) {
		// Asked for the tasks of a service that it no longer has, a manager refuses: it is asked for all.
		const tasks: readonly Task[] = await engine.listTasks().catch(() => []);
		if (!tasks.some(({ServiceID}) => services.includes(ServiceID))) {
			return;
		}
		await clock.sleep(pauseSeconds);
	}
}

type Task = {readonly ServiceID: string};

const attemptsMax = 30;
const pauseSeconds: Seconds = 0.1;
