import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Clock} from '#core/clock.ts';
import {type ErrorCode, StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {batchText, type Command} from './command.ts';
import {showClassCommand} from './link-commands.ts';
import {toolPath} from './tools.ts';

/**
 * A `tc -force -batch -` that stays: a change is a write to its input, a fraction of a millisecond where a new process takes
 * several. Start it inside the namespace whose devices it changes. Once it has ended, every change rejects with the reason.
 */
export class TcSession implements Disposable {
	readonly #process: ChildProcessWithoutNullStreams;
	readonly #where: string;
	readonly #clock: Clock;
	/** What tc has printed in this turn, line by line; the last one may be cut short. */
	#output = '';
	#errors = '';
	#waiting: PromiseWithResolvers<void> | undefined;
	#queue: Promise<unknown> = Promise.resolve();
	#end: StreambedError | undefined;

	constructor({where, clock}: {readonly where: string; readonly clock: Clock}) {
		this.#where = where;
		this.#clock = clock;
		this.#process = spawn(toolPath('tc'), ['-force', '-batch', '-'], {stdio: 'pipe'});
		this.#process.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
		this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#errors += text;
		});
		this.#process.stdin.on('error', error => this.#finish('COMMAND_FAILED', `its input is closed: ${error.message}`));
		this.#process.once('error', error => this.#finish('COMMAND_FAILED', error.message));
		this.#process.once('exit', (code, signal) => this.#finish('COMMAND_FAILED', `it ended with ${signal ?? code}`));
	}

	/** Of tc, for who watches it; `undefined` when it could not be started. */
	get pid(): number | undefined {
		return this.#process.pid;
	}

	/**
	 * Runs the commands, one caller after the other, and resolves when tc has shown the device's class after them.
	 * Rejects with COMMAND_FAILED and what tc said, or that it has ended; with TIMED_OUT when it says nothing for 2 s.
	 */
	change(device: string, commands: readonly Command[]): Promise<void> {
		const turn = this.#queue.then(() => this.#run([...commands, showClassCommand(device), lastCommand]));
		this.#queue = turn.catch(() => {});
		return turn;
	}

	[Symbol.dispose](): void {
		this.#process.stdin.end();
		this.#process.kill('SIGKILL');
	}

	async #run(commands: readonly Command[]): Promise<void> {
		if (this.#end) {
			throw this.#end;
		}
		this.#output = '';
		const waiting = Promise.withResolvers<void>();
		this.#waiting = waiting;
		const cancel = this.#clock.after(limitSeconds, () => {
			// Its answer may still come and would be taken for that of the next turn: there is none.
			this.#finish('TIMED_OUT', `it has not answered for ${limitSeconds} s`);
			this.#process.kill('SIGKILL');
		});
		try {
			this.#process.stdin.write(batchText(commands));
			await waiting.promise;
		} finally {
			cancel();
			this.#waiting = undefined;
		}
		// What tc complained of stood in its pipe before it printed the last line: by the next round of the loop it was heard.
		await nextTurn();
		const complaint = this.#errors.trim();
		this.#errors = '';
		if (complaint !== '') {
			throw this.#failure('COMMAND_FAILED', complaint);
		}
		if (!/^class htb /m.test(this.#output)) {
			throw this.#failure('COMMAND_FAILED', 'it showed no class after the change');
		}
	}

	#hear(text: string): void {
		this.#output += text;
		if (/^qdisc .*\n/m.test(this.#output)) {
			this.#waiting?.resolve();
		}
	}

	/** The first reason stays: what follows comes of it. */
	#finish(code: ErrorCode, reason: string): void {
		this.#end ??= this.#failure(code, [reason, this.#errors.trim()].filter(part => part !== '').join(': '));
		this.#waiting?.reject(this.#end);
	}

	#failure(code: ErrorCode, reason: string): StreambedError {
		return new StreambedError(code, `tc in the namespace of ${this.#where}: ${reason}`);
	}
}

/** A hundred times what a change takes on a busy machine. */
const limitSeconds: Seconds = 2;

/** A loopback device that is up has a queueing discipline: what this prints ends a turn, also one of which all else failed. */
const lastCommand: Command = ['qdisc', 'show', 'dev', 'lo'];
