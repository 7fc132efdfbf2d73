import Table from 'cli-table3';
import {cellsMeaning, cellText, type SensitivityTable} from './sensitivity-table.ts';

const claimWidth = 34;
const cellWidth = 6;

/** For a terminal: readings are letters, which are told below the table. */
export function sensitivityTerminalText(table: SensitivityTable): string {
	const letters = lettersOf(table);
	const drawn = new Table({
		head: ['Fig.', 'Claim', ...letters],
		colWidths: [6, claimWidth, ...letters.map(() => cellWidth)],
		wordWrap: true,
		style: {head: [], border: []},
	});
	for (const {figure, claim, cells} of table.rows) {
		drawn.push([figure, claim, ...cells.map(cellText)]);
	}
	const legend = table.readings.map(({heading, meaning}, index) => `${letters[index]}  ${heading}: ${meaning}`);
	return [drawn.toString(), cellsMeaning(table), ...legend].join('\n');
}

/** `sensitivity.md`: the same, with the readings in the head of the table. */
export function sensitivityMarkdown(table: SensitivityTable, paper: string): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	const headings = ['Fig.', 'Claim', ...table.readings.map(({heading}) => heading)];
	return [
		`# ${paper}: its claims under other readings`,
		'',
		cellsMeaning(table),
		'',
		line(headings),
		line(headings.map(() => '---')),
		...table.rows.map(({figure, claim, cells}) => line([figure, claim, ...cells.map(cellText)])),
		'',
		...table.readings.map(({heading, meaning}) => `- **${heading}**: ${meaning}`),
		'',
	].join('\n');
}

function lettersOf({readings}: SensitivityTable): readonly string[] {
	return readings.map((_, index) => String.fromCodePoint('A'.charCodeAt(0) + index));
}
