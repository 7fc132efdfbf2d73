import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {StreambedError} from '#core/errors.ts';
import {batchText, type Command} from './command.ts';
import {showClassCommand} from './link-commands.ts';
import {toolPath} from './tools.ts';

/**
 * A `tc -force -batch -` that stays: a change is a write to its input, a fraction of a millisecond where a new process takes
 * several. Start it inside the namespace whose devices it changes.
 */
export class TcSession implements Disposable {
	readonly #process: ChildProcessWithoutNullStreams;
	readonly #where: string;
	#output = '';
	#errors = '';
	#waiting: {resolve(line: string): void; reject(error: Error): void} | undefined;
	#queue: Promise<unknown> = Promise.resolve();

	constructor(where: string) {
		this.#where = where;
		this.#process = spawn(toolPath('tc'), ['-force', '-batch', '-'], {stdio: 'pipe'});
		this.#process.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
		this.#process.stderr.setEncoding('utf8').on('data', (text: string) => this.#hearError(text));
		this.#process.stdin.on('error', () => {});
		this.#process.once('error', error => this.#fail(error.message));
		this.#process.once('exit', code => this.#fail(`it ended with ${code}`));
	}

	/**
	 * Runs the commands, one caller after the other, and resolves when tc has shown the device's class after them.
	 * Rejects with COMMAND_FAILED and what tc said.
	 */
	change(device: string, commands: readonly Command[]): Promise<void> {
		const turn = this.#queue.then(() => this.#run([...commands, showClassCommand(device)]));
		this.#queue = turn.catch(() => {});
		return turn;
	}

	[Symbol.dispose](): void {
		this.#process.stdin.end();
		this.#process.kill('SIGKILL');
	}

	async #run(commands: readonly Command[]): Promise<void> {
		this.#errors = '';
		const shown = new Promise<string>((resolve, reject) => {
			this.#waiting = {resolve, reject};
		});
		this.#process.stdin.write(batchText(commands));
		await shown;
		if (this.#errors !== '') {
			throw this.#failure(this.#errors.trim());
		}
	}

	#hear(text: string): void {
		this.#output += text;
		const lines = this.#output.split('\n');
		this.#output = lines.pop() ?? '';
		const shown = lines.find(line => line.startsWith('class htb '));
		if (shown !== undefined) {
			this.#waiting?.resolve(shown);
		}
	}

	#hearError(text: string): void {
		this.#errors += text;
		if (/^Command failed /m.test(this.#errors)) {
			this.#fail(this.#errors.trim());
		}
	}

	#fail(reason: string): void {
		this.#waiting?.reject(this.#failure(reason));
	}

	#failure(reason: string): StreambedError {
		return new StreambedError('COMMAND_FAILED', `tc in the namespace of ${this.#where}: ${reason}`);
	}
}
