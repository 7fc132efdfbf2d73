import {accessSync, constants, existsSync, readFileSync} from 'node:fs';
import {availableParallelism, release} from 'node:os';
import {formatRatio} from '#core/quantities.ts';
import {availableCongestionControls} from './available-congestion-controls.ts';
import {firstLine} from './first-line.ts';
import {runTool} from './run-tool.ts';
import {findTool, installHint, type Tool, toolPackages} from './tools.ts';
import {deniedNamespaces} from './user-namespaces.ts';

/** One thing that this machine can or cannot do. */
export type Capability = {
	readonly name: string;
	readonly ok: boolean;
	/** What was found: a version, a count, the message of the kernel. */
	readonly detail: string;
	/** Without it the namespaces testbed cannot run at all; otherwise some scenarios cannot. */
	readonly required: boolean;
	/** The command or setting that would bring it. */
	readonly remedy?: string;
};

/** Asks kernel and user, by trying: every probe runs in a namespace of its own and leaves nothing. */
export async function probeCapabilities(): Promise<Capability[]> {
	const tools = await Promise.all((Object.keys(toolPackages) as Tool[]).map(probeTool));
	const namespaces = await probeNamespaces();
	const kernel = namespaces.ok ? await Promise.all(kernelProbes.map(probeKernel)) : [];
	return [...tools, namespaces, ...kernel, congestionControl(), processors(), pressure()];
}

async function probeTool(tool: Tool): Promise<Capability> {
	const path = findTool(tool);
	// Only scenarios with firewalls need it.
	const required = tool !== 'nft';
	if (path === undefined) {
		return {name: tool, ok: false, detail: 'not installed', required, remedy: installHint(tool)};
	}
	const {said} = await runTool(path, [tool === 'unshare' || tool === 'setpriv' ? '--version' : '-V']);
	return {name: tool, ok: true, detail: firstLine(said).replace(/^\S+ (utility, |from )?/, ''), required};
}

async function probeNamespaces(): Promise<Capability> {
	const name = 'user, network, mount and PID namespaces';
	const denied = await deniedNamespaces();
	return denied
		? {name, ok: false, detail: denied.reason, required: true, remedy: denied.remedy}
		: {name, ok: true, detail: `Linux ${release()}, uid ${process.getuid?.() ?? '?'}`, required: true};
}

type KernelProbe = {
	readonly name: string;
	readonly tool: 'ip' | 'tc';
	readonly command: readonly string[];
	readonly module: string;
	readonly required: boolean;
};

const onLoopback = (...qdisc: string[]) => ['qdisc', 'add', 'dev', 'lo', 'root', ...qdisc];

const kernelProbes: readonly KernelProbe[] = [
	{name: 'veth pairs', tool: 'ip', command: ['link', 'add', 'type', 'veth'], module: 'veth', required: true},
	{
		name: 'HTB (link rates)',
		tool: 'tc',
		command: onLoopback('htb', 'default', '10'),
		module: 'sch_htb',
		required: true,
	},
	{
		name: 'bfifo (link queues)',
		tool: 'tc',
		command: onLoopback('bfifo', 'limit', '131072'),
		module: 'sch_fifo',
		required: true,
	},
	{
		name: 'netem (link delay)',
		tool: 'tc',
		command: onLoopback('netem', 'delay', '1ms'),
		module: 'sch_netem',
		required: false,
	},
];

async function probeKernel({name, tool, command, module, required}: KernelProbe): Promise<Capability> {
	const [unshare, path] = [findTool('unshare'), findTool(tool)];
	if (unshare === undefined || path === undefined) {
		return {name, ok: false, detail: `not tried: ${unshare ? tool : 'unshare'} is missing`, required};
	}
	const {ok, said} = await runTool(unshare, ['--user', '--map-root-user', '--net', path, ...command]);
	return ok
		? {name, ok, detail: 'in this kernel', required}
		: {name, ok, detail: firstLine(said), required, remedy: `modprobe ${module}`};
}

function congestionControl(): Capability {
	const available = availableCongestionControls();
	const missing = ['cubic', 'reno', 'bbr'].filter(name => !available.includes(name));
	const remedy = missing.map(name => `modprobe tcp_${name}`).join(' && ');
	return {
		name: 'congestion control',
		ok: missing.length === 0,
		detail: available.join(', '),
		required: false,
		...(missing.length > 0 ? {remedy} : {}),
	};
}

function processors(): Capability {
	const count = availableParallelism();
	return {name: 'processors', ok: count >= 2, detail: `${count}`, required: false};
}

function pressure(): Capability {
	const name = 'pressure of the processors';
	const path = '/proc/pressure/cpu';
	try {
		accessSync(path, constants.R_OK);
		const waited = /^some avg10=([\d.]+)/.exec(readFileSync(path, 'utf8'))?.[1];
		const detail = waited === undefined ? 'told' : `tasks waited ${formatRatio(Number(waited) / 100)} of the last 10 s`;
		return {name, ok: true, detail, required: false};
	} catch {
		const detail = existsSync(path) ? `${path} cannot be read` : `${path} does not exist; the verdict cannot watch it`;
		return {name, ok: false, detail, required: false, remedy: 'boot the kernel with psi=1'};
	}
}
