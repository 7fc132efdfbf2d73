import {posix} from 'node:path';
import type {Finding, TextFile} from './finding.ts';

/** Links and pictures of Markdown pages that lead to a file or heading that is not there. `paths` are all files of the checkout. */
export function brokenLinks(pages: readonly TextFile[], paths: ReadonlySet<string>): readonly Finding[] {
	const headings = new Map(pages.map(page => [page.path, headingsOf(page.text)]));
	return pages.flatMap(({path, text}) =>
		prose(text).flatMap((line, lineIndex) =>
			[...line.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
				const message = complaint({path, target, paths, headings});
				return message === undefined ? [] : [{path, lineIndex, message}];
			}),
		),
	);
}

function complaint({
	path,
	target,
	paths,
	headings,
}: {
	readonly path: string;
	readonly target: string;
	readonly paths: ReadonlySet<string>;
	readonly headings: ReadonlyMap<string, ReadonlySet<string>>;
}): string | undefined {
	if (/^https?:/.test(target)) {
		return undefined;
	}
	const [file = '', heading] = target.split('#');
	const targetPath = file === '' ? path : posix.join(posix.dirname(path), file).replace(/\/$/, '');
	if (!paths.has(targetPath) && ![...paths].some(other => other.startsWith(`${targetPath}/`))) {
		return `${target} leads to no file`;
	}
	return heading === undefined || headings.get(targetPath)?.has(heading) ? undefined : `${target} leads to no heading`;
}

/** The lines of a page with code and comments blanked out, so that line numbers stay. */
function prose(text: string): string[] {
	const blank = (block: string) => block.replaceAll(/[^\n]/g, ' ');
	return text
		.replaceAll(/<!--[\s\S]*?-->/g, blank)
		.replaceAll(/^```[\s\S]*?^```/gm, blank)
		.replaceAll(/`[^`\n]*`/g, blank)
		.split('\n');
}

function headingsOf(text: string): ReadonlySet<string> {
	const titles = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm);
	return new Set([...titles].map(([, title = '']) => slug(title)));
}

/** The anchor that a heading gets on a rendered page. */
const slug = (title: string): string =>
	title
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N} _-]/gu, '')
		.replaceAll(' ', '-');
