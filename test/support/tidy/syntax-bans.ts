import ts from 'typescript';
import {syntaxRule} from './finding.ts';

/** No `export *`: what a module offers stands in it by name. No `enum`: a const object and its derived union instead. */
export const plainModules = syntaxRule(node => {
	if (ts.isExportDeclaration(node) && node.exportClause === undefined) {
		return 'export * hides what a module offers: name it';
	}
	return ts.isEnumDeclaration(node) ? 'no enum: a const object and its derived union' : undefined;
});

/** A `catch` that does nothing must at least say why. */
export const nothingSwallowed = syntaxRule(node =>
	ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/[/*]/.test(node.block.getText())
		? 'an empty catch swallows the error: handle it, or say in a comment why it does not matter'
		: undefined,
);

const shells = /^(?:\/bin\/)?(?:sh|bash|dash|zsh)$/;

/** Commands are argument arrays: nothing is given to a shell to take apart. */
export const noShellStrings = syntaxRule(node => {
	if (ts.isPropertyAssignment(node) && node.name.getText() === 'shell') {
		return node.initializer.kind === ts.SyntaxKind.FalseKeyword
			? undefined
			: 'no shell: a command is an argument array';
	}
	if (ts.isImportSpecifier(node) && importedName(node).match(/^exec(?:Sync|aCommand|aCommandSync)?$/)) {
		return `${importedName(node)} takes a command line: use a function that takes an argument array`;
	}
	if (ts.isCallExpression(node) || ts.isArrayLiteralExpression(node)) {
		const [first, second] = ts.isCallExpression(node) ? node.arguments : node.elements;
		const flag = second && ts.isArrayLiteralExpression(second) ? second.elements[0] : second;
		if (first && flag && isText(first, shells) && isText(flag, /^-\w*c$/)) {
			return `${first.getText()} -c takes a command line: run the program itself with an argument array`;
		}
	}
	return undefined;
});

const importedName = (node: ts.ImportSpecifier): string => (node.propertyName ?? node.name).text;

const isText = (node: ts.Node, pattern: RegExp): boolean => ts.isStringLiteralLike(node) && pattern.test(node.text);
