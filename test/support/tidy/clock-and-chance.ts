import ts from 'typescript';
import {syntaxRule} from './finding.ts';

/** The one file that may touch the machine's clock and timers. */
const door = 'harness/core/clock.ts';

const bannedMembers = new Set([
	'Date.now',
	'Math.random',
	'process.hrtime',
	'process.hrtime.bigint',
	'performance.now',
	'performance.timeOrigin',
	'AbortSignal.timeout',
	'globalThis.setTimeout',
	'globalThis.setInterval',
]);

const bannedCalls = new Set(['setTimeout', 'setInterval']);

const bannedImports = new Set(['setTimeout', 'setInterval', 'scheduler', 'hrtime']);

/** Clock and chance are arguments: outside the tests nothing reads or waits for the machine's time, or draws without a seed. */
export const clockAndChance = syntaxRule((node, {path}) => {
	if (path === door || path.startsWith('test/')) {
		return undefined;
	}
	const name = bannedName(node);
	return name === undefined ? undefined : `${name}: take a Clock or a RandomStream as an argument`;
});

function bannedName(node: ts.Node): string | undefined {
	if (ts.isPropertyAccessExpression(node) && !ts.isPropertyAccessExpression(node.parent)) {
		const name = node.getText().replace(/^globalThis\.(?=[A-Zp])/, '');
		return bannedMembers.has(name) ? name : undefined;
	}
	if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && bannedCalls.has(node.expression.text)) {
		return node.expression.text;
	}
	if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
		return 'new Date()';
	}
	if (ts.isImportSpecifier(node)) {
		const name = (node.propertyName ?? node.name).text;
		const from = node.parent.parent.parent.moduleSpecifier.getText().slice(1, -1);
		return bannedImports.has(name) && /^(?:node:)?(?:timers|process)/.test(from) ? `${name} of ${from}` : undefined;
	}
	return undefined;
}
