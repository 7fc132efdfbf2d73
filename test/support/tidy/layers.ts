import {posix} from 'node:path';
import ts from 'typescript';
import {syntaxRule} from './finding.ts';

/** The rooms of the house, and which others each may import; a path below a room narrows it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
	'harness/core': [],
	netem: ['harness/core'],
	proxies: ['harness/core'],
	'harness/workload': ['harness/core', 'proxies/transports'],
	'harness/testbeds': ['harness/core', 'harness/workload', 'netem', 'proxies'],
	'harness/run': ['harness/core', 'harness/testbeds'],
	reports: ['harness/core'],
	'harness/cli': ['harness/core', 'harness/workload', 'harness/testbeds', 'harness/run', 'netem', 'proxies', 'reports'],
};

/** Folders that import no package but these, besides node's own modules; the first that fits counts. */
const packagesAllowed: Readonly<Record<string, readonly string[]>> = {
	// The scenario's reader needs the line of every key, which only the YAML parser knows.
	'harness/core/scenario': ['zod', 'yaml'],
	'harness/core': ['zod'],
	'proxies/runtime': ['zod', 'highs'],
};

/** Folders whose code is pure: of node's modules they may have only these. */
const nodeModulesAllowed: Readonly<Record<string, readonly string[]>> = {
	'proxies/runtime': ['node:assert', 'node:assert/strict'],
};

/** Folders import each other as the table of the house says, by subpath; within a folder the import is relative. */
export const layers = syntaxRule((node, {path}) => {
	const specifier = importedBy(node);
	const room = roomOf(path);
	if (specifier === undefined || room === undefined) {
		return undefined;
	}
	if (specifier.startsWith('.')) {
		const target = posix.join(posix.dirname(path), specifier);
		return roomOf(target) === room ? undefined : `${specifier} leaves ${room}: import another folder by its subpath`;
	}
	if (specifier.startsWith('node:')) {
		return complaintUnlessListed(nodeModulesAllowed, path, specifier);
	}
	if (!specifier.startsWith('#')) {
		return complaintUnlessListed(packagesAllowed, path, specifier);
	}
	const target = pathOfSubpath(specifier);
	const targetRoom = roomOf(target);
	if (targetRoom === room) {
		return `${specifier} stands in the same folder: import it by its relative path`;
	}
	const allowed = mayImport[room] ?? [];
	return allowed.some(folder => target.startsWith(`${folder}/`))
		? undefined
		: `${room} does not import ${targetRoom ?? specifier}; it may import ${allowed.join(', ') || 'no other folder'}`;
});

function importedBy(node: ts.Node): string | undefined {
	if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
		return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
	}
	if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
		const [argument] = node.arguments;
		return argument && ts.isStringLiteral(argument) ? argument.text : undefined;
	}
	if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
		return node.argument.literal.text;
	}
	return undefined;
}

const roomOf = (path: string): string | undefined => Object.keys(mayImport).find(room => path.startsWith(`${room}/`));

/** `#core/units.ts` is `harness/core/units.ts`, `#netem/…` is `netem/…`, as package.json maps them. */
function pathOfSubpath(specifier: string): string {
	const path = specifier.slice(1);
	return ['netem/', 'proxies/', 'reports/'].some(folder => path.startsWith(folder)) ? path : `harness/${path}`;
}

/** A complaint when the file stands in one of the folders and that folder's list does not hold the module. */
function complaintUnlessListed(
	lists: Readonly<Record<string, readonly string[]>>,
	path: string,
	specifier: string,
): string | undefined {
	const folder = Object.keys(lists).find(one => path.startsWith(`${one}/`));
	return folder === undefined || lists[folder]?.includes(specifier)
		? undefined
		: `${folder} does not import ${specifier}`;
}
