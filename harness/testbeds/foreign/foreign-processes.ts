import {type ChildProcessByStdio, execFile, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import type {Readable} from 'node:stream';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {LastLines} from '#core/last-lines.ts';
import {descendants, treeCpuSeconds} from '#core/process-tree.ts';
import type {Bytes} from '#core/units.ts';
import {inNetworkNamespace} from '#netem/network-namespace.ts';
import {AwaitedText} from './awaited-text.ts';
import {endedEarly} from './ended-early.ts';
import type {ForeignProgram} from './foreign-program.ts';
import type {ForeignUsageText} from './foreign-usage.ts';
import {listeningPorts} from './listening-ports.ts';
import {openLog} from './open-log.ts';
import {probeServer} from './probe-server.ts';
import {untilReady} from './until-ready.ts';

type Running = {readonly program: ForeignProgram; readonly process: ChildProcessByStdio<null, Readable, Readable>};

/** Foreign programs of this machine, each in the network namespace of its site. They end with this process. */
export class ForeignProcesses {
	readonly #running = new Map<string, Running>();
	readonly #clock: Clock;
	readonly #onLost: (site: string, reason: string) => void;

	constructor({
		clock,
		onLost,
	}: {
		readonly clock: Clock;
		/** Hears of one that ended after it was ready. */
		readonly onLost: (site: string, reason: string) => void;
	}) {
		this.#clock = clock;
		this.#onLost = onLost;
	}

	/** Resolves when it is ready; rejects with TOOL_MISSING, with NODE_LOST and its last lines when it ends first, or with TIMED_OUT. */
	async start(
		program: ForeignProgram,
		{logPath, signal}: {readonly logPath: string; readonly signal: AbortSignal},
	): Promise<void> {
		const {site, command = [], environment} = program;
		const [name = '', ...parameters] = command;
		const path = name.includes('/') ? name : findProgram(name);
		if (path === undefined) {
			throw new StreambedError('TOOL_MISSING', `the foreign program at ${site}, ${name}, is not installed`, {
				hint: `install it, or write its whole path in topology.sites.${site}.command`,
			});
		}
		const env = {...process.env, ...environment};
		const child = inNetworkNamespace(site, () => spawn(path, parameters, {stdio: ['ignore', 'pipe', 'pipe'], env}));
		const lastLines = new LastLines(child.stderr);
		const log = openLog(logPath);
		const awaited = program.ready.kind === 'log' ? new AwaitedText(program.ready.text) : undefined;
		const hear = (text: string) => {
			log.write(text);
			awaited?.hear(text);
		};
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			lastLines.add(text);
			hear(text);
		});
		child.stderr.on('data', hear);
		child.once('error', error => lastLines.add(error.message));
		let isReady = false;
		const ended = new Promise<never>((_, reject) => {
			child.once('close', (code, killedBy) => {
				this.#running.delete(site);
				log.end();
				const how = killedBy === null ? `exit code ${code}` : `signal ${killedBy}`;
				const reason = lastLines.toString() === '' ? how : `${how}: ${lastLines}`;
				if (isReady) {
					this.#onLost(site, reason);
				}
				reject(endedEarly({site, reason}));
			});
		});
		ended.catch(() => {});
		this.#running.set(site, {program, process: child});
		await untilReady({
			...{program, ended, signal, clock: this.#clock},
			lastLines: () => lastLines.toString(),
			isReady: () => (awaited ? awaited.isFound : isThere(program)),
		});
		isReady = true;
	}

	async usage(): Promise<readonly ForeignUsageText[]> {
		return Promise.all(
			[...this.#running.values()].map(async ({program, process: child}) => {
				const {site, address, port, probedFrom: from} = program;
				const pid = child.pid ?? 0;
				const used = {
					site,
					atNs: `${this.#clock.nowNs()}`,
					cpuSeconds: treeCpuSeconds(pid),
					memoryBytes: residentBytes(pid),
				};
				const probing = {address, port, enter: inNetworkNamespace, clock: this.#clock};
				return from === undefined ? used : {...used, probe: await probeServer({from, ...probing})};
			}),
		);
	}
}

async function isThere({site, port, ready}: ForeignProgram): Promise<boolean> {
	if (ready.kind === 'command') {
		const [name = '', ...parameters] = ready.command;
		return new Promise(resolve => {
			inNetworkNamespace(site, () => {
				execFile(name, parameters, error => resolve(error === null));
			});
		});
	}
	return listeningPorts(site, inNetworkNamespace).has(port);
}

/** Resident memory of a process and all below it; pages that they share are counted for each. */
function residentBytes(pid: number): Bytes {
	return [pid, ...descendants(pid)].reduce((sum, one) => sum + residentPages(one), 0) * pageBytes;
}

function residentPages(pid: number): number {
	try {
		return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
	} catch {
		// It has ended meanwhile.
		return 0;
	}
}

const pageBytes: Bytes = 4096;
