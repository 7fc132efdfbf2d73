import {basename} from 'node:path';
import {type Clock, realClock} from '../clock.ts';
import {exitCodes, StreambedError} from '../errors.ts';
import type {ProgramCommand} from './broker-messages.ts';
import {collectSeldom} from './collect-seldom.ts';
import {readJsonLines, writeJsonLine} from './json-lines.ts';
import type {NodeCommand, NodeEvent} from './messages.ts';

/** What the program of a site is given. */
export type NodeContext = {
	readonly clock: Clock;
	readonly say: (event: NodeEvent) => void;
	/** Says why and ends the program; for errors outside of a command. */
	readonly fail: (error: unknown) => void;
};

/** The program of a site: commands come one after the other, each when the one before is carried out. */
export type NodeProgram<Command extends ProgramCommand = NodeCommand> = AsyncDisposable & {
	handle(command: Exclude<Command, {kind: 'exit'}>): Promise<void>;
};

/**
 * Runs a site's program over this process's standard input and output until it is told to exit, its input ends, or it fails.
 * An interrupt from the terminal is left to the harness, which ends its programs in order.
 */
export function runNodeProgram<Command extends ProgramCommand = NodeCommand>(
	begin: (context: NodeContext) => NodeProgram<Command>,
): void {
	collectSeldom();
	const say = (event: NodeEvent) => writeJsonLine(process.stdout, event);
	let ending: Promise<void> | undefined;
	const end = (exitCode: number) => {
		ending ??= endProcess(program, exitCode);
	};
	const fail = (error: unknown) => {
		if (!ending) {
			say(failedEvent(error));
			end(error instanceof StreambedError ? error.exitCode : exitCodes.ourBug);
		}
	};
	const program = begin({clock: realClock, say, fail});
	let handled = Promise.resolve();
	const onCommand = (command: ProgramCommand) => {
		if (command.kind === 'exit') {
			end(exitCodes.fine);
			return;
		}
		if (command.kind === 'setup') {
			say({kind: 'join', node: command.setup.site, program: basename(process.argv[1] ?? '', '.js')});
		}
		handled = handled.then(() => program.handle(command as Exclude<Command, {kind: 'exit'}>)).catch(fail);
	};
	process.on('uncaughtException', fail);
	process.on('SIGINT', () => {});
	// Nobody listens any more: there is nothing left to tell.
	process.stdout.on('error', () => end(exitCodes.ourBug));
	readJsonLines(process.stdin, onCommand, {onEnd: () => end(exitCodes.fine)});
	say({kind: 'ready'});
}

async function endProcess(program: AsyncDisposable, exitCode: number): Promise<void> {
	try {
		await program[Symbol.asyncDispose]();
	} finally {
		process.exit(exitCode);
	}
}

function failedEvent(error: unknown): NodeEvent {
	if (error instanceof StreambedError) {
		const {code, message, hint} = error;
		return {kind: 'failed', code, message, ...(hint === undefined ? {} : {hint})};
	}
	return {kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error)};
}
