import {type ExitCode, exitCodes} from '#core/errors.ts';
import {formatTerminalTable} from '#reports/terminal-table.ts';
import {writeReport} from '#reports/write-report.ts';

/** Builds the reports of run folders again from their records, and prints each table and where the page is. */
export async function report({
	folders,
	write,
}: {
	readonly folders: readonly string[];
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	for (const folder of folders) {
		const written = await writeReport(folder);
		write(`${formatTerminalTable(written)}\nreport: ${written.htmlPath}\n`);
	}
	return exitCodes.fine;
}
