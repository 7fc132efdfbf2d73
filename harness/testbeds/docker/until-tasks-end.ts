import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from './engine.ts';
import {atEngine} from './engine-error.ts';

/**
 * Waits for the nodes of a swarm to have ended the tasks of services that were removed, for a while: a node may have gone. Until then the networks stay. An
 * engine that is about to enter a network out of which all others have just gone waits half a minute for an answer of theirs, and does nothing else meanwhile.
 */
export async function untilTasksEnd({
	engine,
	label,
	wanted,
	clock,
}: {
	readonly engine: Engine;
	/** Of the services. */
	readonly label: string;
	/** Which of those that have the label, by their labels. */
	readonly wanted: (labels: Readonly<Record<string, string>>) => boolean;
	readonly clock: Clock;
}): Promise<void> {
	const filters = JSON.stringify({label: [label]});
	for (let attempt = 0; attempt < attemptsMax; attempt++) {
		const tasks = (await atEngine(
			`looking for tasks that carry ${label}`,
			engine.listTasks({filters}),
		)) as readonly Task[];
		if (!tasks.some(({Spec}) => wanted(Spec.ContainerSpec?.Labels ?? {}))) {
			return;
		}
		await clock.sleep(pauseSeconds);
	}
}

type Task = {readonly Spec: {readonly ContainerSpec?: {readonly Labels?: Readonly<Record<string, string>>}}};

const attemptsMax = 30;
const pauseSeconds: Seconds = 0.1;
