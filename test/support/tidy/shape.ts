import {posix} from 'node:path';
import type {Rule} from './finding.ts';

/** Test files are few and full, for each of them is a process. */
const longestLineCount = (path: string): number => (path.endsWith('.test.ts') ? 600 : 300);

/** Files that may be longer, each with its reason. */
const longFiles: Readonly<Record<string, string>> = {};

/** A TypeScript file has 300 lines at most, a test 600; a longer one is listed with its reason. */
export const shortFiles: Rule = ({path, text}) => {
	const lineCount = text.split('\n').length - 1;
	const limit = longestLineCount(path);
	return !path.endsWith('.ts') || lineCount <= limit || path in longFiles
		? []
		: [{path, lineIndex: limit, message: `has ${lineCount} lines, ${limit} at most: split it`}];
};

const customaryNames = new Set([
	'README.md',
	'CONTRIBUTING.md',
	'CHANGELOG.md',
	'LICENSE',
	'Dockerfile',
	'.dockerignore',
	'.npmrc',
	'.gitignore',
	'.ci',
]);

/** Folders and files are named in kebab-case, but for those whose names are customary. */
export const kebabCase: Rule = ({path}) => {
	const odd = path
		.split(posix.sep)
		.find(part => !customaryNames.has(part) && !/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part));
	return odd === undefined ? [] : [{path, lineIndex: 0, message: `${odd} is not kebab-case`}];
};
