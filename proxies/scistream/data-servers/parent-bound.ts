import {requireProgram} from './require-program.ts';

type CommandLine = readonly [program: string, ...parameters: string[]];

/** A command whose process the kernel kills when the one that started it dies, however that happens. */
export const parentBound = (command: CommandLine): CommandLine => [
	requireProgram('setpriv'),
	'--pdeathsig',
	'KILL',
	...command,
];
