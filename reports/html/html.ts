/** Markup that is safe to put into a page as it stands. */
export class Html {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

export type HtmlPart = Html | string | number | readonly HtmlPart[];

/** Builds markup: whatever is put into the template is escaped, except markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
	return new Html(
		strings.map((text, index) => text + (index < parts.length ? markup(parts[index] ?? '') : '')).join(''),
	);
}

/** Nothing, where a part may be left out. */
export const nothing = new Html('');

function markup(part: HtmlPart): string {
	if (part instanceof Html) {
		return part.text;
	}
	if (typeof part === 'object') {
		return part.map(markup).join('');
	}
	return String(part).replace(/[&<>"']/g, character => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};
