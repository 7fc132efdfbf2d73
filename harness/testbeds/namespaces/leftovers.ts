import {readdirSync, readFileSync} from 'node:fs';
import {processIdentity} from '#core/processes.ts';
import {ownPidNamespace, runVariables} from './run-environment.ts';

/** A process of a run of ours, whoever's harness it belongs to. */
export type RunProcess = {
	readonly pid: number;
	readonly label: string;
	/** Whether the harness that started the run still lives. */
	readonly orphaned: boolean;
};

/**
 * Finds the processes of runs by the mark in their environment. Those of other users, where they cannot be read, are not ours to
 * end; nor are those whose harness was started in another PID namespace, where its number means another process.
 */
export function findRunProcesses(): RunProcess[] {
	const here = ownPidNamespace();
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.flatMap(name => {
			const environment = readEnvironment(Number(name));
			const label = environment.get(runVariables.label);
			const harness = environment.get(runVariables.harness);
			if (label === undefined || harness === undefined || environment.get(runVariables.pidNamespace) !== here) {
				return [];
			}
			const orphaned = processIdentity(Number(harness.split(':')[0])) !== harness;
			return [{pid: Number(name), label, orphaned}];
		});
}

function readEnvironment(pid: number): ReadonlyMap<string, string> {
	let text: string;
	try {
		text = readFileSync(`/proc/${pid}/environ`, 'utf8');
	} catch {
		// It has ended meanwhile, or belongs to somebody else.
		return new Map();
	}
	return new Map(
		text.split('\0').map(entry => {
			const equals = entry.indexOf('=');
			return [entry.slice(0, equals), entry.slice(equals + 1)];
		}),
	);
}
