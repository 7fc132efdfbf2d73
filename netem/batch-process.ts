import {closeSync, readFileSync, writeSync} from 'node:fs';
import {StreambedError} from '#core/errors.ts';
import {batchText, type Command} from './command.ts';
import {checked, libc} from './libc.ts';
import {toolPath} from './tools.ts';

export type Batch = {
	readonly tool: 'ip' | 'tc' | 'nft';
	readonly commands: readonly Command[];
	/** Whose namespace, for the message of an error. */
	readonly where: string;
};

/** A batch under way. It ends by itself; `finish` must be called once. */
export type BatchProcess = {
	/** Waits until the batch is through; throws COMMAND_FAILED with what the tool said. Blocks this thread, for milliseconds. */
	finish(): void;
};

/**
 * Starts `ip -batch -`, `tc -batch -` or `nft -f -` in the namespace where this thread is.
 *
 * Its input and errors are memory files and it is started by posix_spawn: a tenth of the time of a child process with pipes,
 * which is what bringing up a hundred namespaces within a third of a second hangs on.
 */
export function startBatch({tool, commands, where}: Batch): BatchProcess {
	const input = memoryFile(`${tool} input`, batchText(commands));
	const errors = memoryFile(`${tool} errors`, '');
	const pid = spawnTool(tool, {input, errors});
	closeSync(input);
	return {
		finish() {
			const status = waitForExit(pid);
			const said = readFileSync(`/proc/self/fd/${errors}`, 'utf8').trim();
			closeSync(errors);
			if (status !== 0) {
				throw new StreambedError(
					'COMMAND_FAILED',
					`a batch of ${tool} in ${where} ended with ${status}: ${explain(said, commands)}`,
				);
			}
		},
	};
}

/** Runs one batch to its end. */
export function runBatch(batch: Batch): void {
	if (batch.commands.length > 0) {
		startBatch(batch).finish();
	}
}

function memoryFile(name: string, text: string): number {
	const file = checked('memfd_create', libc.memfdCreate(name, MFD_CLOEXEC));
	if (text !== '') {
		writeSync(file, text, 0);
	}
	return file;
}

function spawnTool(tool: Batch['tool'], files: {readonly input: number; readonly errors: number}): number {
	const actions = Buffer.alloc(fileActionsBytes);
	const pid = Buffer.alloc(4);
	libc.fileActionsInit(actions);
	libc.fileActionsDuplicate(actions, files.input, 0);
	libc.fileActionsDuplicate(actions, files.errors, 1);
	libc.fileActionsDuplicate(actions, files.errors, 2);
	const error = libc.posixSpawn(
		pid,
		toolPath(tool),
		actions,
		null,
		[tool, tool === 'nft' ? '-f' : '-batch', '-', null],
		[...environment, null],
	);
	libc.fileActionsDestroy(actions);
	checked(`posix_spawn of ${tool}`, -error);
	return pid.readInt32LE();
}

/** Exit code, or 128 and the signal as a shell says it. */
function waitForExit(pid: number): number {
	const status = Buffer.alloc(4);
	checked('waitpid', libc.waitForPid(pid, status, 0));
	const value = status.readInt32LE();
	const signal = value & 0x7f;
	return signal === 0 ? (value >> 8) & 0xff : 128 + signal;
}

/** The tools name the line that failed by number: put its text beside it. */
function explain(said: string, commands: readonly Command[]): string {
	const line = Number(/Command failed \S*:(\d+)/.exec(said)?.[1]);
	const command = commands[line - 1];
	return command ? `${said} (${command.join(' ')})` : said;
}

/** The tools are named by their paths and need nothing from ours; a long environment would be copied for each of them. */
const environment = ['LC_ALL=C'];

const MFD_CLOEXEC = 1;
/** Larger than the structure is in any C library. */
const fileActionsBytes = 512;
