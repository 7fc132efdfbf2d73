import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import type {BrokerStand} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {endProcess} from '#core/processes.ts';
import type {Seconds} from '#core/units.ts';
import {lastLogLines} from './last-log-lines.ts';

const lookAgainSeconds: Seconds = 0.05;
const graceSeconds: Seconds = 2;

/** The process of a broker, or one that belongs to it; what it says goes into the broker's log. Disposing of it ends it. */
export class ServerProcess implements AsyncDisposable {
	readonly #stand: BrokerStand;
	readonly #clock: Clock;
	readonly #child: ChildProcess;
	#isLeaving = false;

	constructor({
		stand,
		clock,
		command,
		environment = {},
	}: {
		readonly stand: BrokerStand;
		readonly clock: Clock;
		readonly command: readonly string[];
		/** Put over this program's own. */
		readonly environment?: NodeJS.ProcessEnv;
	}) {
		this.#stand = stand;
		this.#clock = clock;
		const [file = '', ...parameters] = command;
		const log = openSync(this.#logPath, 'a');
		this.#child = spawn(file, parameters, {stdio: ['ignore', log, log], env: {...process.env, ...environment}});
		closeSync(log);
		this.#child.once('error', () => {});
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/**
	 * Asks until there is an answer. Rejects with NODE_LOST when the process ends first, with TIMED_OUT when the broker is not
	 * ready in time; both tell its last lines.
	 */
	async ready<Answer>(ask: () => Promise<Answer | undefined>, signal: AbortSignal): Promise<Answer> {
		const {site, readyWithinSeconds} = this.#stand;
		const limitNs = this.#clock.nowNs() + BigInt(Math.round(readyWithinSeconds * 1e9));
		for (;;) {
			const answer = await ask();
			if (answer !== undefined) {
				return answer;
			}
			if (this.#hasEnded) {
				throw this.#endedError();
			}
			if (this.#clock.nowNs() > limitNs) {
				throw new StreambedError(
					'TIMED_OUT',
					`the broker at ${site} was not ready within ${readyWithinSeconds} s; its last lines: ${this.#lastLines}`,
					{hint: `its whole log is ${this.#logPath}; stack.broker.readyWithin gives it more time`},
				);
			}
			await this.#clock.sleep(lookAgainSeconds, signal);
		}
	}

	/** Calls back once when the process ends, or has ended, without having been told to. */
	onLost(listener: (error: StreambedError) => void): void {
		const onEnd = () => {
			if (!this.#isLeaving) {
				listener(this.#endedError());
			}
		};
		if (this.#hasEnded) {
			onEnd();
		} else {
			this.#child.once('exit', onEnd);
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#isLeaving = true;
		if (this.#child.pid !== undefined && !this.#hasEnded) {
			await endProcess(this.#child.pid, {clock: this.#clock, graceSeconds});
		}
	}

	get #hasEnded(): boolean {
		const {pid, exitCode, signalCode} = this.#child;
		return pid === undefined || exitCode !== null || signalCode !== null;
	}

	get #logPath(): string {
		return join(this.#stand.logFolder, serverLog);
	}

	get #lastLines(): string {
		return lastLogLines(this.#logPath);
	}

	#endedError(): StreambedError {
		const {pid, exitCode, signalCode} = this.#child;
		const how =
			signalCode === null ? (pid === undefined ? 'it did not start' : `exit code ${exitCode}`) : `signal ${signalCode}`;
		return new StreambedError(
			'NODE_LOST',
			`the broker at ${this.#stand.site} ended (${how}); its last lines: ${this.#lastLines}`,
			{hint: `its whole log is ${this.#logPath}`},
		);
	}
}

/** In the log folder, all that the broker says. */
const serverLog = 'broker.log';
