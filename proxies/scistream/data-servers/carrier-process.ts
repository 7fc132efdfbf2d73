import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import {packageRoot} from '#core/package-root.ts';
import {endProcess} from '#core/processes.ts';
import type {CarrierReport, CarrierRequest, SessionPlan} from './carrier-messages.ts';
import type {DataServerCounters} from './data-server.ts';
import {parentBound} from './parent-bound.ts';

/** How a carrier ended, and the last that it said. */
export type CarrierEnd = {readonly reason: string};

type Answer = Extract<CarrierReport, {kind: 'answer'}>;

/** This process's end of a carrier: starts it, opens and closes sessions in it, and ends it. */
export class CarrierProcess implements AsyncDisposable {
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #clock: Clock;
	readonly #lastLines: LastLines;
	readonly #ready = Promise.withResolvers<void>();
	readonly #over = Promise.withResolvers<CarrierEnd>();
	readonly #pending = new Map<number, PromiseWithResolvers<Answer>>();
	/** What tells each open session that the process is gone; a promise that all wait for would keep what waits for as long as it lives. */
	readonly #open = new Map<number, (end: CarrierEnd) => void>();
	#calls = 0;
	#sessions = 0;
	#failure: StreambedError | undefined;

	/** Resolves when the process is gone, for whatever reason. */
	readonly over: Promise<CarrierEnd> = this.#over.promise;
	/** Resolves when it can open sessions; rejects with DATA_SERVER_FAILED when it never will. */
	readonly ready: Promise<void> = this.#ready.promise;

	/** The kernel kills it when this process dies. It keeps this one alive only while something is asked of it. */
	constructor(clock: Clock) {
		this.#clock = clock;
		const program = join(packageRoot, 'dist/proxies/scistream/data-servers/carrier.js');
		const [command, ...parameters] = parentBound([process.execPath, program]);
		this.#child = spawn(command, parameters, {stdio: 'pipe'});
		this.#lastLines = new LastLines(this.#child.stderr);
		readJsonLines<CarrierReport>(this.#child.stdout, message => this.#hear(message), {
			onGarbage: line => this.#lastLines.add(`${line}\n`),
		});
		this.ready.catch(() => {});
		this.#child.stdin.on('error', () => {});
		this.#child.once('error', error => this.#lastLines.add(error.message));
		this.#child.once('close', (code, signal) => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
		for (const pipe of this.#child.stdio) {
			(pipe as {unref?(): void} | null)?.unref?.();
		}
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	/**
	 * Opens a session and gives its number, and a promise that resolves when the process is gone before the session is closed. Rejects with
	 * DATA_SERVER_FAILED and why.
	 */
	async open(plan: SessionPlan): Promise<{readonly sessionIndex: number; readonly ended: Promise<CarrierEnd>}> {
		await this.ready;
		const sessionIndex = this.#sessions++;
		await this.#call({kind: 'open', sessionIndex, plan});
		const {promise: ended, resolve} = Promise.withResolvers<CarrierEnd>();
		this.#open.set(sessionIndex, resolve);
		return {sessionIndex, ended};
	}

	/** Closes a session; the end of the process closes it, too. */
	async close(sessionIndex: number): Promise<void> {
		this.#open.delete(sessionIndex);
		try {
			await this.#call({kind: 'close', sessionIndex});
		} catch (error) {
			if (!this.#failure) {
				throw error;
			}
		}
	}

	async counters(sessionIndex: number): Promise<DataServerCounters> {
		const {counters} = await this.#call({kind: 'counters', sessionIndex});
		if (!counters) {
			throw new StreambedError('DATA_SERVER_FAILED', 'the counters of a session that is closed were asked for');
		}
		return counters;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#child.ref();
		if (!this.#failure && this.pid !== undefined) {
			await endProcess(this.pid, {clock: this.#clock});
		}
		await this.over;
	}

	async #call(
		request:
			| Omit<Extract<CarrierRequest, {kind: 'open'}>, 'callIndex'>
			| Omit<Exclude<CarrierRequest, {kind: 'open'}>, 'callIndex'>,
	): Promise<Answer> {
		if (this.#failure) {
			throw this.#failure;
		}
		const callIndex = this.#calls++;
		const pending = Promise.withResolvers<Answer>();
		this.#pending.set(callIndex, pending);
		this.#child.ref();
		writeJsonLine(this.#child.stdin, {...request, callIndex});
		try {
			return await pending.promise;
		} finally {
			this.#pending.delete(callIndex);
			this.#unrefUnlessAsked();
		}
	}

	/** Only an answer that somebody waits for keeps this process alive. */
	#unrefUnlessAsked(): void {
		if (this.#pending.size === 0) {
			this.#child.unref();
		}
	}

	#hear(message: CarrierReport): void {
		switch (message.kind) {
			case 'ready':
				this.#ready.resolve();
				this.#unrefUnlessAsked();
				return;
			case 'answer':
				this.#pending.get(message.callIndex)?.resolve(message);
				return;
			case 'refusal': {
				const {callIndex, message: text, hint} = message;
				const error = new StreambedError('DATA_SERVER_FAILED', text, hint === undefined ? {} : {hint});
				this.#pending.get(callIndex)?.reject(error);
				return;
			}
			default:
				message satisfies never;
		}
	}

	#end(how: string): void {
		const said = this.#lastLines.toString();
		const reason = said === '' ? how : `${how}: ${said}`;
		this.#failure = new StreambedError('DATA_SERVER_FAILED', `the carrier of the data servers ended (${reason})`);
		this.#ready.reject(this.#failure);
		for (const {reject} of this.#pending.values()) {
			reject(this.#failure);
		}
		for (const tell of this.#open.values()) {
			tell({reason});
		}
		this.#over.resolve({reason});
	}
}
