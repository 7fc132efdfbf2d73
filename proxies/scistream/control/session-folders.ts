import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {makeFolders} from '#core/make-folders.ts';
import {endProcess, isRunning, processIdentity} from '#core/processes.ts';
import {processesNaming} from '#core/processes-naming.ts';

/** The folder of one session, and what it is told of the session's processes. */
export type SessionFolder = Disposable & {
	/** For the data server alone. */
	readonly dataFolder: string;
	recordProcesses(pids: readonly number[]): void;
};

/**
 * Where a control server keeps what must outlive it: a folder for each session, with the identities (id and start time) of its
 * processes. The next server in the same folder ends what a killed one left there, and nothing else.
 */
export class SessionFolders implements Disposable {
	readonly #root: string;
	/** Whether a server of ours made the folder itself, so that its clean end takes it away again. */
	readonly #isMade: boolean;
	/** What was found and ended: process ids. */
	readonly endedPids: readonly number[];

	private constructor({root, isMade}: {readonly root: string; readonly isMade: boolean}, endedPids: readonly number[]) {
		this.#root = root;
		this.#isMade = isMade;
		this.endedPids = endedPids;
	}

	/** Rejects with LISTEN_REFUSED when a server that still runs uses the folder, with OUT_REFUSED when it cannot be made. */
	static async open(root: string, clock: Clock = realClock): Promise<SessionFolders> {
		const before = readJson<ServerNote>(join(root, serverFile));
		refuseWhenInUse(root, before);
		const isMade = before?.isMade ?? !existsSync(root);
		const endedPids = await endOrphans(join(root, 'sessions'), clock);
		try {
			makeFolders(root);
			mkdirSync(join(root, 'sessions'), {mode: passable});
			writeFileSync(join(root, serverFile), JSON.stringify({process: processIdentity(process.pid), isMade}));
		} catch (cause) {
			const reason = cause instanceof Error ? cause.message : String(cause);
			throw new StreambedError('OUT_REFUSED', `making the folder for sessions failed: ${reason}`, {
				hint: 'name a folder that this user may write to with --state',
				cause,
			});
		}
		return new SessionFolders({root, isMade}, endedPids);
	}

	make(uid: string): SessionFolder {
		// Short, for a socket's path has 107 characters at most, and of letters that are the same everywhere.
		const folder = join(this.#root, 'sessions', createHash('sha256').update(uid).digest('hex').slice(0, 16));
		const dataFolder = join(folder, 'data');
		mkdirSync(folder, {mode: passable});
		mkdirSync(dataFolder, {mode: 0o700});
		return {
			dataFolder,
			recordProcesses(pids) {
				const processes = pids.map(processIdentity).filter(identity => identity !== undefined);
				writeFileSync(join(folder, processesFile), JSON.stringify(processes), {mode: 0o600});
			},
			[Symbol.dispose]: () => rmSync(folder, {recursive: true, force: true}),
		};
	}

	[Symbol.dispose](): void {
		rmSync(join(this.#root, serverFile), {force: true});
		rmSync(join(this.#root, 'sessions'), {recursive: true, force: true});
		if (this.#isMade && list(this.#root).length === 0) {
			rmdirSync(this.#root);
		}
	}
}

/** What a server that runs, or was killed, says of itself in its folder. */
type ServerNote = {readonly process?: string; readonly isMade?: boolean};

function refuseWhenInUse(root: string, {process: holder}: ServerNote = {}): void {
	const pid = Number(holder?.split(':')[0]);
	if (holder !== undefined && pid !== process.pid && isRunning(pid) && processIdentity(pid) === holder) {
		throw new StreambedError('LISTEN_REFUSED', `another control server (process ${pid}) uses ${root}`, {
			hint: 'name another folder with --state, or end that server',
		});
	}
}

async function endOrphans(sessions: string, clock: Clock): Promise<readonly number[]> {
	const orphans = new Set(list(sessions).flatMap(name => recordedProcesses(join(sessions, name))));
	for (const pid of processesNaming(`${sessions}/`)) {
		// A process that was started just before its server was killed is not recorded yet, but its command line names our folder.
		orphans.add(pid);
	}
	for (const pid of orphans) {
		await endProcess(pid, {clock});
	}
	rmSync(sessions, {recursive: true, force: true});
	return [...orphans];
}

/** Those that still are what they were: an id that was used again belongs to somebody else. */
function recordedProcesses(folder: string): readonly number[] {
	return (readJson<readonly string[]>(join(folder, processesFile)) ?? [])
		.map(identity => ({identity, pid: Number(identity.split(':')[0])}))
		.filter(({identity, pid}) => isRunning(pid) && processIdentity(pid) === identity)
		.map(({pid}) => pid);
}

function list(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		// It is not there: nothing was left.
		return [];
	}
}

function readJson<Value>(path: string): Value | undefined {
	const text = readText(path);
	try {
		return text === undefined ? undefined : (JSON.parse(text) as Value);
	} catch {
		// Cut short by a crash: as good as not there.
		return undefined;
	}
}

function readText(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// It is not there, or its process has ended.
		return undefined;
	}
}

/** Others may pass, and see nothing: a data server that is another user's gets to its own folder, which is opened to it alone. */
const passable = 0o711;
const serverFile = 'server.json';
const processesFile = 'processes.json';
