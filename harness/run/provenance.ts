import {readFileSync} from 'node:fs';
import {cpus, hostname, release, totalmem, userInfo} from 'node:os';
import {execa} from 'execa';
import {findProgram} from '#core/find-program.ts';
import {packageRoot} from '#core/package-root.ts';
import type {RunDocument} from '#core/records/run-document.ts';

/** Who, what and where of a run, asked from the machine itself. */
export async function readProvenance(): Promise<RunDocument['provenance']> {
	const cpuList = cpus();
	const uid = process.getuid?.();
	const [commit, ...versions] = await Promise.all([readCommit(), ...tools.map(readVersion)]);
	return {
		streambed: readVersionOfPackage(),
		commit,
		command: process.argv.slice(2),
		host: hostname(),
		user: readUserName() ?? `uid ${uid}`,
		rootless: uid !== 0,
		kernel: release(),
		cpu: cpuList[0]?.model.trim() ?? 'unknown',
		cpuCount: cpuList.length,
		memoryBytes: totalmem(),
		tools: Object.fromEntries([['node', process.version], ...versions]),
		tcp: Object.fromEntries(tcpSettings.map(name => [name, readSetting(name)])),
	};
}

function readUserName(): string | undefined {
	try {
		return userInfo().username;
	} catch {
		// As in containers, whose users need have no name.
		return undefined;
	}
}

const tools = [
	['ip', '-V'],
	['tc', '-V'],
	['unshare', '--version'],
] as const;

const tcpSettings = [
	'tcp_congestion_control',
	'tcp_available_congestion_control',
	'tcp_rmem',
	'tcp_wmem',
	'tcp_no_metrics_save',
	'tcp_slow_start_after_idle',
];

/** Of the program that a testbed would run: both look for it in the same way. */
async function readVersion([tool, flag]: (typeof tools)[number]): Promise<[string, string]> {
	const path = findProgram(tool);
	if (path === undefined) {
		return [tool, 'missing'];
	}
	const {stdout, failed} = await execa(path, [flag], {reject: false});
	return [tool, failed ? 'gives no version' : stdout.trim()];
}

async function readCommit(): Promise<string | null> {
	const git = (...args: string[]) => execa('git', ['-C', packageRoot, ...args], {reject: false});
	const [head, status] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')]);
	return head.failed ? null : `${head.stdout}${status.stdout === '' ? '' : ' with uncommitted changes'}`;
}

function readVersionOfPackage(): string {
	const {version} = JSON.parse(readFileSync(`${packageRoot}/package.json`, 'utf8')) as {version: string};
	return version;
}

function readSetting(name: string): string {
	try {
		return readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().replaceAll('\t', ' ');
	} catch {
		return 'not readable';
	}
}
