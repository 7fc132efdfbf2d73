import {type ChildProcess, spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {realClock} from '#core/clock.ts';
import {type RunDocument, runDocumentSchema} from '#core/records/run-document.ts';
import {recordSchema, type StreambedRecord} from '#core/records/schema.ts';
import type {Seconds} from '#core/units.ts';
import {markedProcesses} from './marked-processes.ts';

export const program = fileURLToPath(new URL('../../dist/harness/cli/streambed.js', import.meta.url));
export const shortRun = fileURLToPath(new URL('../fixtures/short-run.yaml', import.meta.url));

export type CliEnd = {readonly exitCode: number | null; readonly signal: NodeJS.Signals | null};

/**
 * The built program as a process, in a world of its own: a folder for runs, one for temporary files, and a mark by which all that it
 * starts is found. Disposing of it kills what still runs of it, and removes its folders.
 */
export class CliProcess implements AsyncDisposable {
	readonly child: ChildProcess;
	readonly outDir: string;
	readonly temporaryDir: string;
	readonly ended: Promise<CliEnd>;
	stdout = '';
	stderr = '';
	readonly #world: string;
	readonly #mark = `STREAMBED_TEST_MARK=${randomUUID()}`;

	/** `prefix` is a command that runs the program, for example in a namespace where something is missing. */
	constructor(
		parameters: readonly string[],
		{prefix = [], env = {}}: {readonly prefix?: readonly string[]; readonly env?: Record<string, string>} = {},
	) {
		this.#world = mkdtempSync(join(tmpdir(), 'streambed-test-'));
		this.outDir = join(this.#world, 'runs');
		this.temporaryDir = join(this.#world, 'temporary');
		mkdirSync(this.temporaryDir);
		const [name = '', value = ''] = this.#mark.split('=');
		const [file = '', ...rest] = [...prefix, process.execPath, program, ...parameters];
		this.child = spawn(file, rest, {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {...cleanEnvironment(), TMPDIR: this.temporaryDir, STREAMBED_OUT: this.outDir, ...env, [name]: value},
		});
		this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			this.stdout += text;
		});
		this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.stderr += text;
		});
		this.ended = new Promise((resolve, reject) => {
			this.child.once('error', reject);
			this.child.once('close', (exitCode, signal) => resolve({exitCode, signal}));
		});
	}

	/** All that it started and that still runs, itself included. */
	processes(): ReturnType<typeof markedProcesses> {
		return markedProcesses(this.#mark);
	}

	/** The program of a site, by the end of its file's name. */
	siteProgram(name: 'producer.js' | 'consumer.js' | 'site-node.js'): number | undefined {
		return this.processes().find(({command}) => command.trimEnd().endsWith(name))?.pid;
	}

	/** The one run folder that it made. */
	get runFolder(): string {
		const [scenario = '', ...others] = list(this.outDir);
		const [run = '', ...more] = list(join(this.outDir, scenario));
		if (run === '' || others.length + more.length > 0) {
			throw new Error(`there is not exactly one run folder in ${this.outDir}; it said: ${this.stderr}`);
		}
		return join(this.outDir, scenario, run);
	}

	hasRunFolder(): boolean {
		return list(this.outDir).some(scenario => list(join(this.outDir, scenario)).length > 0);
	}

	/** Throws when it does not pass its schema. */
	document(): RunDocument {
		return runDocumentSchema.parse(JSON.parse(readFileSync(join(this.runFolder, 'run.json'), 'utf8')));
	}

	/** The whole lines so far; throws when one does not pass its schema. */
	records(): readonly StreambedRecord[] {
		const path = this.hasRunFolder() ? join(this.runFolder, 'records.ndjson') : '';
		return existsSync(path) ? parseRecords(readFileSync(path, 'utf8')) : [];
	}

	/** Waits for something to hold while the program runs; throws with what it said when it ends, or takes too long. */
	async until(what: string, holds: () => boolean, limitSeconds: Seconds = 60): Promise<void> {
		const limitNs = realClock.nowNs() + BigInt(limitSeconds * 1e9);
		while (!holds()) {
			if (this.child.exitCode !== null || realClock.nowNs() > limitNs) {
				throw new Error(`${what}: not seen before its end or within ${limitSeconds} s; it said: ${this.stderr}`);
			}
			await realClock.sleep(0.01);
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const {pid} of this.processes()) {
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// It has ended meanwhile.
			}
		}
		await this.ended;
		rmSync(this.#world, {recursive: true, force: true});
	}
}

/** Runs a command line to its end. */
export async function runCli(
	parameters: readonly string[],
	options: ConstructorParameters<typeof CliProcess>[1] = {},
): Promise<CliEnd & {readonly stdout: string; readonly stderr: string; readonly outWasMade: boolean}> {
	await using cli = new CliProcess(parameters, options);
	const end = await cli.ended;
	return {...end, stdout: cli.stdout, stderr: cli.stderr, outWasMade: existsSync(cli.outDir)};
}

/** The whole lines of a file of records; throws when one does not pass its schema. */
export function parseRecords(text: string): readonly StreambedRecord[] {
	return text
		.split('\n')
		.slice(0, -1)
		.map(line => recordSchema.parse(JSON.parse(line)));
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Without what would set our flags, and without what makes Node load our sources. */
function cleanEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(
		Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMBED_') && name !== 'NODE_OPTIONS'),
	);
}
