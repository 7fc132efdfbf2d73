import {setFlagsFromString} from 'node:v8';

/** V8's own. One that it did not know would leave everything as it was. */
export const garbageFlag = '--heap-growing-percent';

/** How much garbage may gather beside what lives, in percent of it, before the collector looks through all of it. */
const garbagePercent = 400;

/**
 * Lets more garbage gather before this process is stopped to collect it, some 100 MB in programs as small as ours. V8 goes by the size of what lives and counts the
 * memory of buffers in, so that a small program through which megabytes pass each second looks through all of its objects two or three times a second,
 * though hardly one of them has died: it stood still for 30 to 80 ms each time where processors were short.
 */
export function collectSeldom(): void {
	setFlagsFromString(`${garbageFlag}=${garbagePercent}`);
}
