import {realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {runLabels} from './run-labels.ts';

/**
 * The program that outlives a harness: it waits for the end of its input, and unless it was told there that all is removed, removes every
 * container, network and volume of the run that it was given. An engine that does not answer is tried for a while.
 */

const [label = ''] = process.argv.slice(2);
let isRemoved = false;

process.stdin.on('data', () => {
	isRemoved = true;
});
process.stdin.once('end', () => {
	void (isRemoved ? undefined : reap());
});

async function reap(): Promise<void> {
	const [{openEngine}, {removeLabelled}] = await Promise.all([import('./engine.ts'), import('./remove-labelled.ts')]);
	for (let attempt = 0; attempt < attemptsMax; attempt++) {
		try {
			await removeLabelled({engine: await openEngine(), label: `${runLabels.run}=${label}`, clock: realClock});
			return;
		} catch {
			// Nobody listens to what it says; `streambed clean` finds what stays.
			await realClock.sleep(pauseSeconds);
		}
	}
}

const attemptsMax = 120;
const pauseSeconds: Seconds = 1;
