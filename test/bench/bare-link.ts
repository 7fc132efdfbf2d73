import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {realClock} from '#core/clock.ts';

const run = promisify(execFile);

const holderArguments = [
	['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'],
	['sleep', '600'],
].flat();

/** In the holder: two network namespaces, `a` and `b`, joined by a veth pair that nothing shapes. */
const linkCommands = [
	['mount', '-t', 'tmpfs', 'tmpfs', '/run'],
	['mkdir', '/run/netns'],
	['ip', 'netns', 'add', 'a'],
	['ip', 'netns', 'add', 'b'],
	['ip', 'link', 'add', 'eth0', 'netns', 'a', 'type', 'veth', 'peer', 'eth0', 'netns', 'b'],
	['ip', '-n', 'a', 'address', 'add', '198.18.0.1/24', 'dev', 'eth0'],
	['ip', '-n', 'b', 'address', 'add', '198.18.0.2/24', 'dev', 'eth0'],
	['ip', '-n', 'b', 'link', 'set', 'dev', 'lo', 'up'],
	['ip', '-n', 'a', 'link', 'set', 'dev', 'eth0', 'up'],
	['ip', '-n', 'b', 'link', 'set', 'dev', 'eth0', 'up'],
	// As in a scenario that does not say otherwise; the machine's own default makes a large difference to both.
	['ip', '-n', 'a', 'route', 'change', '198.18.0.0/24', 'dev', 'eth0', 'congctl', 'cubic'],
	['ip', '-n', 'b', 'route', 'change', '198.18.0.0/24', 'dev', 'eth0', 'congctl', 'cubic'],
] as const;

export type BareLink = AsyncDisposable & {
	/** What a program is to be run by, so that it runs at that end of the link. */
	readonly prefix: (end: 'a' | 'b') => readonly string[];
	/** The address of end `b`. */
	readonly address: string;
};

/** Makes the link without root. It goes when it is disposed of, or when this process ends. */
export async function makeBareLink(): Promise<BareLink> {
	const unshare = spawn('unshare', holderArguments, {stdio: ['ignore', 'ignore', 'inherit']});
	const enter = ['nsenter', '-t', `${await childOf(unshare)}`, '-U', '--preserve-credentials', '-m', '-n', '-p', '--'];
	for (const command of linkCommands) {
		const [program = '', ...programArguments] = [...enter, ...command];
		await run(program, programArguments);
	}
	return {
		prefix: end => [...enter, 'nsenter', `--net=/run/netns/${end}`, '--'],
		address: '198.18.0.2',
		async [Symbol.asyncDispose]() {
			unshare.kill('SIGKILL');
			await once(unshare, 'exit');
		},
	};
}

/** The first process of the new PID namespace, once it is there and the namespaces are made. */
async function childOf({pid}: ChildProcess): Promise<number> {
	for (let attempt = 0; attempt < 100; attempt++) {
		const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
		const command = child ? await readFile(`/proc/${child}/cmdline`, 'utf8') : '';
		if (child && command.startsWith('sleep')) {
			return Number(child);
		}
		await realClock.sleep(0.02);
	}
	throw new Error('unshare made no namespaces within 2 s: see `streambed doctor`');
}
