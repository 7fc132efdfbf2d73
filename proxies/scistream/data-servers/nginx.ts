import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {StreambedError} from '#core/errors.ts';
import {refuseCredentials} from './credentials.ts';
import type {DataServerFactory} from './data-server.ts';
import {dataServerPackages} from './data-server-packages.ts';
import type {ForeignPrograms} from './foreign-programs.ts';
import {type ForeignRoute, foreignServer} from './foreign-server.ts';
import {LoggedCounts} from './logged-counts.ts';
import {placeText} from './place-text.ts';
import {machinePrograms} from './program-server.ts';
import {requireProgram} from './require-program.ts';

/** nginx with its stream module: one process, connections carried as they are, never cut for being silent. */
export const nginx = nginxServer();

/** The same with programs from elsewhere. */
export function nginxServer(programs: ForeignPrograms = machinePrograms): DataServerFactory {
	return foreignServer({
		...{kind: 'nginx', programs},
		require: requireNginx,
		checkCredentials: credentials => refuseCredentials('nginx', credentials),
		async prepare({routes, folder}) {
			const file = join(folder, 'nginx.conf');
			const isOurs = programs.origin === 'machine';
			const modules = isOurs ? `load_module ${requireNginx()};` : imageModules;
			await writeFile(file, configuration({routes, folder, modules}));
			const counts = new LoggedCounts();
			return {
				// An image's modules are named by paths below its own prefix.
				parameters: ['-e', 'stderr', ...(isOurs ? ['-p', folder] : []), '-c', file],
				onLine: line => readLine(line, counts),
				counters: pid => counts.withOpen({pid, plainPlaces: routes.map(({target}) => ({remote: target}))}),
			};
		},
	});
}

/** Where the distributions put the module; one that is built in needs no file, and then none is there. */
const modulePaths = ['/usr/lib/nginx/modules/ngx_stream_module.so', '/usr/lib64/nginx/modules/ngx_stream_module.so'];

/** Where an image says which modules it has: Debian's, Alpine's and Fedora's way. One that has the stream module built in says nothing. */
const imageModules = ['/etc/nginx/modules-enabled', '/etc/nginx/modules', '/usr/share/nginx/modules']
	.map(folder => `include ${folder}/*.conf;`)
	.join('\n');

/** The path of the stream module. Throws TOOL_MISSING without it or without nginx. */
function requireNginx(): string {
	requireProgram('nginx');
	const path = modulePaths.find(existsSync);
	if (path === undefined) {
		throw new StreambedError('TOOL_MISSING', 'nginx is there, but not its stream module', {
			hint: `apt-get install --yes ${dataServerPackages.nginx.join(' ')}`,
		});
	}
	return path;
}

/** At the level `info` nginx says of every connection when it comes and what it has carried when it goes. */
function configuration({
	routes,
	folder,
	modules,
}: {
	readonly routes: readonly ForeignRoute[];
	readonly folder: string;
	/** The lines that load the stream module. */
	readonly modules: string;
}): string {
	return [
		'daemon off;',
		// A worker would outlive a master that is killed.
		'master_process off;',
		`pid ${join(folder, 'nginx.pid')};`,
		'error_log stderr info;',
		modules,
		'events {worker_connections 8192;}',
		'stream {',
		'	proxy_connect_timeout 10s;',
		'	proxy_timeout 24d;',
		'	proxy_half_close on;',
		...routes.map(
			({listen, target}) =>
				`	server {listen ${'path' in listen ? `unix:${listen.path}` : placeText(listen)}; proxy_pass ${placeText(target)};}`,
		),
		'}',
		'',
	].join('\n');
}

/** Whatever the line of a connection is about, it ends with what was carried so far; the last one stands. */
function readLine(line: string, counts: LoggedCounts): void {
	const connection = /\*(\d+) /.exec(line)?.[1];
	if (connection !== undefined && line.includes(' connected to ') && line.includes(' client ')) {
		counts.connectionsTotal++;
	}
	const [, reason] = /\[error\] \S+ \*\d+ (.*?), client: /.exec(line) ?? [];
	if (connection !== undefined && reason !== undefined) {
		const [, target = ''] = /upstream: "([^"]*)"/.exec(line) ?? [];
		counts.refuse(connection, `${reason} ${target}`.trim());
	}
	const [, fromClient, toClient] = /bytes from\/to client:(\d+)\/(\d+)/.exec(line) ?? [];
	if (connection !== undefined && fromClient !== undefined) {
		counts.close(connection, {bytesForward: Number(fromClient), bytesBackward: Number(toClient)});
	}
}
