import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {join} from 'node:path';
import type {Clock} from '#core/clock.ts';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import {packageRoot} from '#core/package-root.ts';
import type {Seconds} from '#core/units.ts';
import {toolPath} from '#netem/tools.ts';
import {deniedNamespaces, unshareParameters} from '#netem/user-namespaces.ts';
import {RemoteConnection} from '../remote/remote-connection.ts';
import type {HolderCalls} from './holder-messages.ts';
import {runEnvironment} from './run-environment.ts';

export type HolderListener = {
	event(site: string, event: NodeEvent): void;
	/** A program, or with no site the holder itself, ended before it was told to. */
	lost(loss: {readonly site?: string; readonly reason: string}): void;
};

export type HolderContext = {readonly listener: HolderListener; readonly clock: Clock};

/** The harness's end of a holder: starts it, asks it, and ends it with all that it owns. */
export class HolderProcess implements AsyncDisposable {
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #listener: HolderListener;
	readonly #clock: Clock;
	readonly #lastLines: LastLines;
	readonly #connection: RemoteConnection<HolderCalls, object>;
	readonly #ended = Promise.withResolvers<void>();
	#leaving = false;

	private constructor(child: ChildProcessWithoutNullStreams, {listener, clock}: HolderContext) {
		this.#clock = clock;
		this.#child = child;
		this.#listener = listener;
		this.#lastLines = new LastLines(child.stderr);
		this.#connection = new RemoteConnection({
			input: child.stdin,
			output: child.stdout,
			listener: {
				event: (program, event) => listener.event(program, event),
				lost: (site, reason) => listener.lost({site, reason}),
			},
			onGarbage: line => this.#lastLines.add(`${line}\n`),
		});
		child.once('error', error => this.#lastLines.add(error.message));
		child.once('close', (code, signal) => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
	}

	/**
	 * Starts a holder in namespaces of its own. Rejects with TOOL_MISSING or NAMESPACES_DENIED.
	 *
	 * The kernel kills it when this process dies, however that happens (`setpriv --pdeathsig`), even when it is stopped.
	 */
	static async start(label: string, context: HolderContext): Promise<HolderProcess> {
		const program = join(packageRoot, 'dist/harness/testbeds/namespaces/holder.js');
		const [setpriv, unshare] = [toolPath('setpriv'), toolPath('unshare')];
		toolPath('ip');
		const child = spawn(
			setpriv,
			['--pdeathsig', 'KILL', unshare, ...unshareParameters, '--', process.execPath, program],
			{stdio: 'pipe', env: {...process.env, ...runEnvironment(label)}},
		);
		const holder = new HolderProcess(child, context);
		try {
			await holder.#connection.hello;
			return holder;
		} catch (error) {
			await holder[Symbol.asyncDispose]();
			const denied = await deniedNamespaces();
			throw denied
				? new StreambedError('NAMESPACES_DENIED', `no namespaces for this user: ${denied.reason}`, {
						hint: denied.remedy,
					})
				: error;
		}
	}

	/** Asks the holder for something; rejects with its error, with HOLDER_LOST when it is gone, or with the signal's reason. */
	call<Name extends keyof HolderCalls>(
		name: Name,
		request: HolderCalls[Name]['request'],
		signal?: AbortSignal,
	): Promise<HolderCalls[Name]['answer']> {
		return this.#connection.call(name, request, signal);
	}

	send(program: string, command: ProgramCommand): void {
		this.#connection.send(program, command);
	}

	/** Ends the holder and waits until the kernel has ended every process below it. */
	async [Symbol.asyncDispose](): Promise<void> {
		this.#leaving = true;
		// The holder leaves when its input ends, and unshare after it: then nothing of the PID namespace is left.
		this.#child.stdin.end();
		const cancelKill = this.#clock.after(graceSeconds, () => this.#child.kill('SIGKILL'));
		await this.#ended.promise;
		cancelKill();
	}

	#end(how: string): void {
		const said = this.#lastLines.toString();
		const reason = said === '' ? how : `${how}: ${said}`;
		this.#connection.close(new StreambedError('HOLDER_LOST', `the holder of the namespaces ended (${reason})`));
		if (!this.#leaving) {
			this.#listener.lost({reason});
		}
		this.#ended.resolve();
	}
}

/** A holder that does not leave by itself in this time is killed, and the kernel does the rest. */
const graceSeconds: Seconds = 1;
