import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import {programEnvironment} from '#core/control/program-environment.ts';
import {StreambedError} from '#core/errors.ts';
import {LastLines} from '#core/last-lines.ts';
import {type EnterNamespace, inNetworkNamespace} from '#netem/network-namespace.ts';
import type {SiteProgram} from '../remote/site-program.ts';

type RunningProgram = {readonly site: string; readonly process: ChildProcessWithoutNullStreams; leaving: boolean};

/** The programs at the sites, by what each is called: in its site's network namespace, spoken to over pipes. */
export class SitePrograms {
	readonly #programs = new Map<string, RunningProgram>();
	readonly #onEvent: (site: string, event: NodeEvent) => void;
	readonly #onLost: (site: string, reason: string) => void;
	readonly #onStderr: ((program: string, text: string) => void) | undefined;
	readonly #enter: EnterNamespace;

	constructor({
		onEvent,
		onLost,
		onStderr,
		enter = inNetworkNamespace,
	}: {
		readonly onEvent: (site: string, event: NodeEvent) => void;
		readonly onLost: (site: string, reason: string) => void;
		/** Hears what the programs write beside their events; the last lines of it are kept in any case. */
		readonly onStderr?: (program: string, text: string) => void;
		readonly enter?: EnterNamespace;
	}) {
		this.#onEvent = onEvent;
		this.#onLost = onLost;
		this.#onStderr = onStderr;
		this.#enter = enter;
	}

	start({site, path, name = site}: SiteProgram): void {
		const child = this.#enter(site, () =>
			spawn(process.execPath, [path], {stdio: 'pipe', env: {...process.env, ...programEnvironment}}),
		);
		const program: RunningProgram = {site, process: child, leaving: false};
		this.#programs.set(name, program);
		const lastLines = new LastLines(child.stderr);
		child.stderr.on('data', (text: string) => this.#onStderr?.(name, text));
		readJsonLines<NodeEvent>(child.stdout, event => this.#onEvent(name, event), {
			onGarbage: line => lastLines.add(`${line}\n`),
		});
		// Writing to a program that has just ended fails; its end is reported below.
		child.stdin.on('error', () => {});
		child.once('error', error => lastLines.add(error.message));
		child.once('close', (code, signal) => {
			this.#programs.delete(name);
			if (!program.leaving || code !== 0) {
				const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
				const said = lastLines.toString();
				this.#onLost(name, said === '' ? end : `${end}: ${said}`);
			}
		});
	}

	/** A command to a program that has ended goes nowhere: its loss was reported. */
	send(site: string, command: ProgramCommand): void {
		const program = this.#programs.get(site);
		if (program) {
			program.leaving ||= command.kind === 'exit';
			writeJsonLine(program.process.stdin, command);
		}
	}

	/** Ends a program without a word; its loss is reported as any other. Throws when none runs there. */
	kill(site: string): void {
		this.#signal(site, 'SIGKILL');
	}

	/** Lets a program stand still until it is resumed. Throws when none runs there. */
	pause(site: string): void {
		this.#signal(site, 'SIGSTOP');
	}

	resume(site: string): void {
		this.#signal(site, 'SIGCONT');
	}

	get sites(): readonly string[] {
		return [...new Set([...this.#programs.values()].map(({site}) => site))];
	}

	#signal(site: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
		const program = this.#programs.get(site);
		if (!program?.process.kill(signal)) {
			throw new StreambedError('NODE_LOST', `no program runs at ${site} that ${signal} could be sent to`);
		}
	}
}
