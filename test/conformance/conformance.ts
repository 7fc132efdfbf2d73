import {type ExitCode, StreambedError} from '#core/errors.ts';
import {startControlServer} from '../support/control-server.ts';
import {conformanceEnd, rowVerdict} from './conformance-end.ts';
import {conformanceFlags} from './conformance-flags.ts';
import {type ProbedRow, probeServer} from './probe-server.ts';
import {requireAnswer} from './require-answer.ts';

/**
 * Tells how a control server behaves, row by row, beside the original and ours.
 *
 * `--target host:port` is the server; without it ours alone is probed. `--cert FILE` is the certificate that it shows; `--token-file` and
 * `--other-token-file` hold tokens of two identities. Its data servers must reach this machine at 127.0.0.1. Ends with 0 when the
 * target has none of the defects, with 5 when it has one, with 7 when a row could not be judged, with 2 when it does not answer.
 */

async function main(): Promise<ExitCode> {
	const asked = conformanceFlags(process.argv.slice(2));
	if (asked) {
		await requireAnswer(asked);
	}
	const ours = await probeOurs();
	const target = asked ? await probeServer(asked) : ours;
	print([
		['row', 'original', 'ours', 'target', ''],
		...target.map((row, index) => [row.row, row.original, ...[ours[index] ?? row, row].map(shown), rowVerdict(row)]),
	]);
	return conformanceEnd(target);
}

async function probeOurs(): Promise<readonly ProbedRow[]> {
	await using server = await startControlServer({identify: name => name ?? ''});
	return await probeServer({address: server.address, token: 'one', otherToken: 'other'});
}

function shown({observation}: ProbedRow): string {
	switch (observation.kind) {
		case 'seen':
			return observation.what;
		case 'failed':
			return `failed: ${observation.why}`;
		case 'skipped':
			return `(${observation.why})`;
		default:
			return observation satisfies never;
	}
}

function print(table: ReadonlyArray<readonly string[]>): void {
	const widths = [0, 1, 2, 3].map(column => Math.max(...table.map(cells => cells[column]?.length ?? 0)));
	for (const cells of table) {
		console.log(
			cells
				.map((cell, column) => cell.padEnd(widths[column] ?? 0))
				.join('  ')
				.trimEnd(),
		);
	}
}

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof StreambedError)) {
		throw error;
	}
	console.error(`conformance: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
	process.exitCode = error.exitCode;
}
