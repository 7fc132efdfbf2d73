import {readFileSync} from 'node:fs';
import {processIdentity} from '#core/processes.ts';
import {ownPidNamespace} from '../namespaces/run-environment.ts';

/** The labels that mark each container, network and volume of a run as ours, and say which harness it belongs to. */
export const runLabels = {
	run: 'org.streambed.run',
	site: 'org.streambed.site',
	harness: 'org.streambed.harness',
	/** Where the number of the harness's process means something: a boot of a machine, and a PID namespace there. */
	machine: 'org.streambed.machine',
} as const;

export function labelsOfRun(label: string): Record<string, string> {
	return {
		[runLabels.run]: label,
		[runLabels.harness]: processIdentity(process.pid) ?? '',
		[runLabels.machine]: ownMachine(),
	};
}

/** Whether what carries these labels belonged to a harness of this machine that is gone. Another machine's is not ours to judge. */
export function isOrphaned(labels: Readonly<Record<string, string>>): boolean {
	const harness = labels[runLabels.harness];
	return (
		harness !== undefined &&
		labels[runLabels.machine] === ownMachine() &&
		processIdentity(Number(harness.split(':')[0])) !== harness
	);
}

/** Names one start of one kernel: the containers of an engine on this machine read the same. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

const ownMachine = (): string => `${bootId()} ${ownPidNamespace()}`;
