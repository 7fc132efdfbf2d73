import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import type {BrokerStand} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {endProcess} from '#core/processes.ts';
import type {Seconds} from '#core/units.ts';
import type {BrokerServer} from './broker-server.ts';
import {lastLogLines} from './last-log-lines.ts';
import type {ServerCommand} from './server-launch.ts';
import {serverLog, untilAnswering} from './until-answering.ts';

const graceSeconds: Seconds = 2;

/** The process of a broker, or one that belongs to it; what it says goes into the broker's log. Disposing of it ends it. */
export class ServerProcess implements BrokerServer {
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
		readonly command: ServerCommand;
		/** Put over this program's own. */
		readonly environment?: NodeJS.ProcessEnv;
	}) {
		this.#stand = stand;
		this.#clock = clock;
		const [file, ...parameters] = command;
		const log = openSync(this.#logPath, 'a');
		this.#child = spawn(file, parameters, {stdio: ['ignore', log, log], env: {...process.env, ...environment}});
		closeSync(log);
		this.#child.once('error', () => {});
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	ready<Answer>(ask: () => Promise<Answer | undefined>, signal: AbortSignal): Promise<Answer> {
		const ended = () => (this.#hasEnded ? this.#endedError() : undefined);
		return untilAnswering({stand: this.#stand, ask, ended, clock: this.#clock, signal});
	}

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
