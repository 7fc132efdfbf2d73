import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Readable, Writable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {realClock} from '#core/clock.ts';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {programEnvironment} from '#core/control/program-environment.ts';

const programs = {
	producer: 'harness/workload/producer.js',
	consumer: 'harness/workload/consumer.js',
	'site-node': 'proxies/nodes/site-node.js',
	'broker-node': 'proxies/brokers/broker-node.js',
} as const;

export type EventOf<Kind extends NodeEvent['kind']> = Extract<NodeEvent, {kind: Kind}>;

/** One of the built programs of a site as a process of its own, driven over its standard input and output. */
export class SiteProcess implements AsyncDisposable {
	readonly events: NodeEvent[] = [];
	readonly child: ChildProcess;
	readonly #stdin: Writable;
	readonly #exited: Promise<unknown>;
	#onEvent: () => void = () => {};

	/** `prefix` is a command that the program is run by, for example one that enters a namespace. */
	constructor(program: keyof typeof programs, {prefix = []}: {readonly prefix?: readonly string[]} = {}) {
		const path = fileURLToPath(new URL(`../../dist/${programs[program]}`, import.meta.url));
		const [command = '', ...commandArguments] = [...prefix, process.execPath, path];
		this.child = spawn(command, commandArguments, {
			stdio: ['pipe', 'pipe', 'inherit'],
			env: {...process.env, ...programEnvironment},
		});
		this.#exited = once(this.child, 'exit');
		this.#stdin = this.child.stdin as Writable;
		this.#stdin.on('error', () => {
			// The program has ended; its events and exit code say why.
		});
		readJsonLines<NodeEvent>(this.child.stdout as Readable, event => {
			this.events.push(event);
			this.#onEvent();
		});
	}

	send(...commands: readonly ProgramCommand[]): this {
		for (const command of commands) {
			writeJsonLine(this.#stdin, command);
		}
		return this;
	}

	of<Kind extends NodeEvent['kind']>(kind: Kind): ReadonlyArray<EventOf<Kind>> {
		return this.events.filter((event): event is EventOf<Kind> => event.kind === kind);
	}

	/** Resolves to so many events of a kind once they are there. Rejects after a time limit, or when the program failed. */
	async some<Kind extends NodeEvent['kind']>(
		kind: Kind,
		{count = 1, limitSeconds = 30} = {},
	): Promise<ReadonlyArray<EventOf<Kind>>> {
		const {promise, resolve, reject} = Promise.withResolvers<void>();
		const problem = (why: string) =>
			reject(new Error(`${why} before ${count} ${kind}; so far ${JSON.stringify(this.events.slice(-5))}`));
		const cancel = realClock.after(limitSeconds, () => problem(`${limitSeconds} s went by`));
		this.#onEvent = () => {
			if (this.of(kind).length >= count) {
				resolve();
			} else if (kind !== 'failed' && this.of('failed').length > 0) {
				problem('the program failed');
			}
		};
		this.#onEvent();
		await promise.finally(cancel);
		return this.of(kind);
	}

	/** The first event of a kind, once it is there. */
	async first<Kind extends NodeEvent['kind']>(kind: Kind): Promise<EventOf<Kind>> {
		return (await this.some(kind))[0] as EventOf<Kind>;
	}

	/** Ends the program's input and resolves to its exit code. */
	async end(): Promise<number | null> {
		this.#stdin.end();
		await this.#exited;
		return this.child.exitCode;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#stdin.end();
		if (this.child.exitCode === null && this.child.signalCode === null) {
			this.child.kill('SIGCONT');
			const cancel = realClock.after(5, () => this.child.kill('SIGKILL'));
			await this.#exited.finally(cancel);
		}
	}
}
