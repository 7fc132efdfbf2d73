import {existsSync, readdirSync} from 'node:fs';
import {join, relative} from 'node:path';
import {packageRoot} from '#core/package-root.ts';

const shippedRoot = join(packageRoot, 'scenarios');

/** The scenarios that ship: name (as the command line takes it) and file. */
export function shippedScenarios(): ReadonlyArray<{readonly name: string; readonly path: string}> {
	return readdirSync(shippedRoot, {recursive: true, encoding: 'utf8'})
		.filter(file => file.endsWith('.yaml'))
		.sort()
		.map(file => ({name: file.replace(/\.yaml$/, ''), path: relative(process.cwd(), join(shippedRoot, file))}));
}

/** A path stays as it is; a name of a shipped scenario becomes its path. */
export function scenarioPath(nameOrPath: string): string {
	return existsSync(nameOrPath)
		? nameOrPath
		: (shippedScenarios().find(({name}) => name === nameOrPath)?.path ?? nameOrPath);
}
