import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {startControlServer} from '../support/control-server.ts';
import {type ProbedRow, probeServer} from './probe-server.ts';

/**
 * Tells how a control server behaves, row by row, beside the original and ours.
 *
 * `--target host:port` is the server; without it ours alone is probed. `--cert FILE` is the certificate that it shows; `--token-file` and
 * `--other-token-file` hold tokens of two identities. Its data servers must reach this machine at 127.0.0.1. Ends with 0 when the
 * target has none of the defects, with 5 when it has one, with 2 when it cannot be reached.
 */

const {values} = parseArgs({
	options: {
		target: {type: 'string'},
		cert: {type: 'string'},
		'token-file': {type: 'string'},
		'other-token-file': {type: 'string'},
	},
});

const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file, 'utf8').trim());

const [authority, token, otherToken] = [values.cert, values['token-file'], values['other-token-file']].map(read);

const ours = await probeOurs();
const target = values.target === undefined ? ours : await probeTarget(values.target);

const table = [
	['row', 'original', 'ours', 'target', ''],
	...target.map((row, index) => [row.row, row.original, shown(ours[index]), shown(row), verdict(row)]),
];
const widths = [0, 1, 2, 3].map(column => Math.max(...table.map(cells => cells[column]?.length ?? 0)));
for (const cells of table) {
	console.log(
		cells
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd(),
	);
}

if (target.every(({observation}) => observation.kind === 'seen' && /failed|no answer/.test(observation.what))) {
	console.error(`${values.target} does not answer`);
	process.exitCode = 2;
} else if (target.some(row => verdict(row) === 'DEFECT')) {
	process.exitCode = 5;
}

async function probeOurs(): Promise<readonly ProbedRow[]> {
	await using server = await startControlServer({identify: name => name ?? ''});
	return await probeServer({address: server.address, token: 'one', otherToken: 'other'});
}

function probeTarget(address: string): Promise<readonly ProbedRow[]> {
	return probeServer({
		address,
		...(authority !== undefined && {authority}),
		...(token !== undefined && {token}),
		...(otherToken !== undefined && {otherToken}),
	});
}

function shown(row: ProbedRow | undefined): string {
	if (!row) {
		return '';
	}
	return row.observation.kind === 'seen' ? row.observation.what : `(${row.observation.why})`;
}

function verdict({observation, original, isDefect}: ProbedRow): string {
	if (observation.kind === 'skipped') {
		return 'not asked';
	}
	if (observation.what.startsWith('failed')) {
		return 'FAILED';
	}
	return observation.what === original ? (isDefect ? 'DEFECT' : 'as the original') : 'differs';
}
