import {type Html, html} from '../html/html.ts';
import {table} from '../html/table.ts';

/** One section of a Markdown page (paragraphs and tables, with code, links and emphasis in them) as part of ours. */
export function markdownSection(markdown: string, heading: string): readonly Html[] {
	const [, after = ''] = markdown.split(`\n## ${heading}\n`);
	const [body = ''] = after.split(/\n## /);
	return body
		.trim()
		.split(/\n{2,}/)
		.map(block => (block.startsWith('|') ? tableOf(block) : html`<p>${inline(block.replaceAll('\n', ' '))}</p>`));
}

function tableOf(block: string): Html {
	const rows = block.split('\n').map(line =>
		line
			.slice(1, -1)
			.split('|')
			.map(cell => cell.trim()),
	);
	const [head = [], , ...body] = rows;
	return table({columns: head.map(heading => ({heading})), rows: body.map(cells => cells.map(inline))});
}

/** A link becomes its text: what it leads to is not beside the page. */
function inline(text: string): readonly Html[] {
	const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/(^|\W)_([^_]+)_(?=\W|$)/g, '$1$2');
	return plain.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
