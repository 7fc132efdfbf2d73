import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';

export type ControlProcess = AsyncDisposable & {
	readonly address: string;
	/** What it holds now. */
	usage(): {readonly descriptorCount: number; readonly childCount: number};
};

/** The built control server as a process of its own, at the port below its data ports; `prefix` runs it in a namespace. */
export async function startControlProcess({
	state,
	ports,
	host = '127.0.0.1',
	prefix = [],
}: {
	readonly state: string;
	readonly ports: readonly [number, number];
	readonly host?: string;
	readonly prefix?: readonly string[];
}): Promise<ControlProcess> {
	const program = join(packageRoot, 'dist/harness/cli/streambed.js');
	const listen = ['--listen', `${host}:${ports[0] - 1}`, '--data-host', host, '--data-ports', ports.join('-')];
	const flags = [...listen, '--state', state, '--json'];
	const [command = '', ...parameters] = [...prefix, process.execPath, program, 'control-server', ...flags];
	const child = spawn(command, parameters, {stdio: ['ignore', 'pipe', 'inherit']});
	const [line] = (await once(child.stdout, 'data')) as [Buffer];
	const {listening} = JSON.parse(line.toString()) as {listening: string};
	return {
		address: listening,
		usage() {
			const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
			return {
				descriptorCount: readdirSync(`/proc/${child.pid}/fd`).length,
				childCount: children === '' ? 0 : children.split(' ').length,
			};
		},
		async [Symbol.asyncDispose]() {
			child.kill('SIGTERM');
			if (child.exitCode === null) {
				await once(child, 'exit');
			}
		},
	};
}
