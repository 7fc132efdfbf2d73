import {descendants, treeCpuSeconds} from '#core/process-tree.ts';
import {processIdentity, signalProcess} from '#core/processes.ts';
import {processesNaming} from '#core/processes-naming.ts';
import type {Seconds} from '#core/units.ts';

/** The processes of data servers that stand in containers beside this one: nobody's children here, known by the folder that they were told. */
export class ForeignProcesses {
	readonly #path: string;
	/** Of each that was seen, what it had used then. */
	readonly #cpuSeconds = new Map<string, Seconds>();

	constructor(path: string) {
		this.#path = path;
	}

	/** Ends all of them without a word. */
	kill(): void {
		for (const pid of this.#tops().flatMap(top => [...descendants(top), top])) {
			// One may end because another did.
			signalProcess(pid, 'SIGKILL');
		}
	}

	/** Processor time of all that there were; what one used after it was last looked at is not in it. */
	cpuSeconds(): Seconds {
		for (const pid of this.#tops()) {
			const identity = processIdentity(pid);
			if (identity !== undefined) {
				this.#cpuSeconds.set(identity, Math.max(this.#cpuSeconds.get(identity) ?? 0, treeCpuSeconds(pid)));
			}
		}
		return [...this.#cpuSeconds.values()].reduce((sum, seconds) => sum + seconds, 0);
	}

	/** Those that have the others below them. */
	#tops(): readonly number[] {
		const all = processesNaming(this.#path);
		const below = new Set(all.flatMap(descendants));
		return all.filter(pid => !below.has(pid));
	}
}
