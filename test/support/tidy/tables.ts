/** Rows of the Markdown tables of a page that begin with a word in backticks, or with a bare number: their cells, without backticks. */
export function tableRows(text: string): readonly (readonly string[])[] {
	return text
		.split('\n')
		.filter(line => /^\| (?:`|\d)/.test(line))
		.map(line =>
			line
				.split('|')
				.slice(1, -1)
				.map(cell => cell.trim().replaceAll('`', '')),
		);
}
