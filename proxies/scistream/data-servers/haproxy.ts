import {writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import type {Bytes} from '#core/units.ts';
import {refuseCredentials} from './credentials.ts';
import type {DataServerCounters, DataServerFactory} from './data-server.ts';
import type {ForeignPrograms} from './foreign-programs.ts';
import {foreignServer} from './foreign-server.ts';
import {haproxyConfiguration} from './haproxy-configuration.ts';
import {openCounts} from './open-counts.ts';
import {requireProgram} from './require-program.ts';

/** HAProxy in TCP mode, with buffers as it comes. */
export const haproxy = haproxyServer();

/** The same with other buffers: `tune.bufsize`, 16 kB where nothing is said. */
export function haproxyServer({
	bufferBytes,
	...from
}: {
	readonly bufferBytes?: Bytes;
	readonly programs?: ForeignPrograms;
} = {}): DataServerFactory {
	return foreignServer({
		...from,
		kind: 'haproxy',
		require: () => requireProgram('haproxy'),
		checkCredentials: credentials => refuseCredentials('haproxy', credentials),
		async prepare({routes, folder}) {
			const [file, statsSocket] = [join(folder, 'haproxy.cfg'), join(folder, 'haproxy.sock')];
			await writeFile(file, haproxyConfiguration({routes, statsSocket, bufferBytes}));
			return {
				parameters: ['-db', '-f', file],
				// Its statistics have a connection's bytes when it is over.
				async counters(pid) {
					const plainPlaces = routes.map(({target}) => ({remote: target}));
					const closed = countersOf(await ask(statsSocket, 'show stat -1 3 -1'));
					const open = await openCounts({pid, plainPlaces});
					return {
						...closed,
						bytesForward: closed.bytesForward + open.bytesForward,
						bytesBackward: closed.bytesBackward + open.bytesBackward,
					};
				},
			};
		},
	});
}

async function ask(socketPath: string, command: string): Promise<string> {
	const socket = connect(socketPath);
	socket.end(`${command}\n`);
	return await text(socket);
}

/** The sums over all listeners of what HAProxy's statistics say, a table of commas with a head. */
function countersOf(statistics: string): DataServerCounters {
	const [head = '', ...lines] = statistics.trim().split('\n');
	const columns = head.replace(/^# /, '').split(',');
	const sum = (column: string, side: 'FRONTEND' | 'BACKEND' = 'FRONTEND') =>
		lines
			.map(line => line.split(','))
			.filter(fields => fields[columns.indexOf('svname')] === side)
			.reduce((total, fields) => total + Number(fields[columns.indexOf(column)]), 0);
	const refusedCount = sum('econ', 'BACKEND');
	return {
		bytesForward: sum('bin'),
		bytesBackward: sum('bout'),
		connectionsOpen: sum('scur'),
		connectionsTotal: sum('stot'),
		refusedCount,
		...(refusedCount === 0 ? {} : {lastRefusal: 'the target could not be connected to'}),
	};
}
