import {readlinkSync} from 'node:fs';
import {processIdentity} from '#core/processes.ts';

/** The variables that mark each process of a run as ours, and say which harness it belongs to. */
export const runVariables = {
	label: 'STREAMBED_RUN_LABEL',
	harness: 'STREAMBED_HARNESS',
	/** Where the number of the harness's process means something. */
	pidNamespace: 'STREAMBED_PID_NAMESPACE',
} as const;

export function runEnvironment(label: string): Record<string, string> {
	return {
		[runVariables.label]: label,
		[runVariables.harness]: processIdentity(process.pid) ?? '',
		[runVariables.pidNamespace]: ownPidNamespace(),
	};
}

/** The PID namespace of this process, as the kernel names it. */
export function ownPidNamespace(): string {
	return readlinkSync('/proc/self/ns/pid');
}
