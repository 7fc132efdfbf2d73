import type {Bytes} from '#core/units.ts';
import type {ForeignRoute} from './foreign-server.ts';
import {placeText} from './place-text.ts';

/** HAProxy's configuration: connections carried as they are, never cut for being silent. */
export function haproxyConfiguration({
	routes,
	statsSocket,
	bufferBytes,
}: {
	readonly routes: readonly ForeignRoute[];
	readonly statsSocket: string;
	readonly bufferBytes: Bytes | undefined;
}): string {
	return [
		'global',
		`	stats socket ${statsSocket} mode 600 level user`,
		'	maxconn 4096',
		// Without it a second HAProxy would share the port in silence.
		'	noreuseport',
		...(bufferBytes === undefined ? [] : [`	tune.bufsize ${bufferBytes}`]),
		'defaults',
		'	mode tcp',
		'	timeout connect 10s',
		`	timeout client ${longestMs}ms`,
		`	timeout server ${longestMs}ms`,
		...routes.flatMap(({listen, target}, index) => [
			`listen route-${index}`,
			`	bind ${'path' in listen ? `unix@${listen.path}` : placeText(listen)}`,
			`	server target ${placeText(target)}`,
		]),
		'',
	].join('\n');
}

/** The longest that HAProxy takes: 24 days. Connections that it finds half dead it learns of by TCP. */
const longestMs = 2_147_483_647;
