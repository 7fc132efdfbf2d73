import {type Html, type HtmlPart, html, nothing} from './html.ts';

export type Column = {readonly heading: HtmlPart; readonly numeric?: boolean; readonly detailed?: boolean};

/** A table that scrolls sideways where it does not fit. The first cell of a row names it. */
export function table({
	columns,
	rows,
	caption,
	className = '',
}: {
	readonly columns: readonly Column[];
	readonly rows: ReadonlyArray<readonly HtmlPart[]>;
	readonly caption?: HtmlPart;
	readonly className?: string;
}): Html {
	const kind = (index: number) => {
		const {numeric, detailed} = columns[index] ?? {};
		return numeric ? html` class="number"` : detailed ? html` class="detail"` : nothing;
	};
	return html`<div class="scroll"><table class="${className}">${caption === undefined ? nothing : html`<caption>${caption}</caption>`}
<thead><tr>${columns.map(({heading}, index) => html`<th scope="col"${kind(index)}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
		cells =>
			html`<tr>${cells.map((cell, index) =>
				index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kind(index)}>${cell}</td>`,
			)}</tr>
`,
	)}</tbody></table></div>`;
}
