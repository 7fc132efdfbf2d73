import {setFlagsFromString} from 'node:v8';

/** How much garbage may gather beside what lives, in percent of it, before the collector looks through all of it. */
const garbagePercent = 400;

/**
 * Lets more garbage gather before this process is stopped to collect it. V8 allows a small heap eight megabytes more than what lives in it and
 * counts the memory of buffers in, so that a program through which megabytes pass each second collects several times a second, for 30 to 80 ms each
 * on a busy machine, while hardly any objects have died. Buffers cost no more to collect when there are many.
 */
export function collectSeldom(): void {
	setFlagsFromString(`--heap-growing-percent=${garbagePercent}`);
}
