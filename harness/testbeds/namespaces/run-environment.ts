import {processIdentity} from '#core/processes.ts';

/** The variables that mark each process of a run as ours, and say which harness it belongs to. */
export const runVariables = {label: 'STREAMBED_RUN_LABEL', harness: 'STREAMBED_HARNESS'} as const;

export function runEnvironment(label: string): Record<string, string> {
	return {[runVariables.label]: label, [runVariables.harness]: processIdentity(process.pid) ?? ''};
}
