import ts from 'typescript';

/** A file of the checkout, as the rules see it: its path from the root, with `/`, and its text. */
export type TextFile = {readonly path: string; readonly text: string};

/** A place where a rule does not hold. */
export type Finding = {readonly path: string; readonly lineIndex: number; readonly message: string};

/** A rule over one file: pure, so that it can be tried on a sample first. */
export type Rule = (file: TextFile) => readonly Finding[];

/** A finding as a test prints it: `path:line message`. */
export const formatFinding = ({path, lineIndex, message}: Finding): string => `${path}:${lineIndex + 1} ${message}`;

/** A rule over the syntax of a TypeScript file: `visit` sees every node and answers with what is wrong there, if anything. */
export function syntaxRule(visit: (node: ts.Node, file: TextFile) => string | undefined): Rule {
	return file => {
		if (!file.path.endsWith('.ts')) {
			return [];
		}
		const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
		const findings: Finding[] = [];
		const walk = (node: ts.Node): void => {
			const message = visit(node, file);
			if (message !== undefined) {
				const lineIndex = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
				findings.push({path: file.path, lineIndex, message});
			}
			ts.forEachChild(node, walk);
		};
		walk(source);
		return findings;
	};
}

/** A rule over the lines of any text file: the first match of the pattern in a line is a finding. */
export function lineRule(pattern: RegExp, message: (found: string) => string | undefined): Rule {
	return ({path, text}) =>
		text.split('\n').flatMap((line, lineIndex) => {
			const found = pattern.exec(line)?.[0];
			const complaint = found === undefined ? undefined : message(found);
			return complaint === undefined ? [] : [{path, lineIndex, message: complaint}];
		});
}
