import {LineCounter, parseDocument, visit} from 'yaml';

export type Path = ReadonlyArray<string | number>;

/** A YAML or JSON text with the line of every value in it. */
export type ScenarioDocument = {
	readonly value: unknown;
	/** Mistakes of the notation itself: a tab, a key written twice, a bracket left open, an alias of nothing. */
	readonly problems: ReadonlyArray<{readonly line: number; readonly message: string}>;
	/** The line (from 1) of a path, or of its nearest ancestor that is written down. */
	lineOf(path: Path): number;
	/** Whether the author wrote this path down. */
	has(path: Path): boolean;
};

export function readDocument(text: string): ScenarioDocument {
	const lines = new LineCounter();
	const document = parseDocument(text, {lineCounter: lines, prettyErrors: false});
	const problems = document.errors.map(({message, pos}) => ({line: lines.linePos(pos[0]).line, message}));
	visit(document, {
		Alias(_key, alias) {
			if (alias.resolve(document) === undefined) {
				const line = lines.linePos(alias.range?.[0] ?? 0).line;
				problems.push({line, message: `*${alias.source} refers to an anchor that is not set before it`});
			}
		},
	});
	return {
		value: problems.length > 0 ? undefined : document.toJS(),
		problems,
		has: path => path.length === 0 || document.hasIn(path),
		lineOf(path) {
			for (let length = path.length; length > 0; length--) {
				const node = document.getIn(path.slice(0, length), true);
				if (hasRange(node)) {
					return lines.linePos(node.range[0]).line;
				}
			}
			return 1;
		},
	};
}

function hasRange(node: unknown): node is {readonly range: readonly [number, number, number]} {
	return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
