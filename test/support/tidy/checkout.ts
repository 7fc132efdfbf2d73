import {readdir, readFile} from 'node:fs/promises';
import {posix} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {TextFile} from './finding.ts';

/** The root of the checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

const binary = /\.(?:png|jpg|ttf|zst|hlog|tgz)$/;

/** What stands in a folder but is not part of the project: version control, and what .gitignore names. */
export async function ignoredNames(): Promise<ReadonlySet<string>> {
	const lines = (await readFile(`${root}.gitignore`, 'utf8')).split('\n');
	return new Set(['.git', ...lines.map(line => line.replace(/\/$/, '')).filter(line => line !== '')]);
}

/** Every text file of the checkout, sorted by path. */
export async function readCheckout(): Promise<readonly TextFile[]> {
	const ignored = await ignoredNames();
	const paths: string[] = [];
	const walk = async (folder: string): Promise<void> => {
		for (const entry of await readdir(root + folder, {withFileTypes: true})) {
			const path = posix.join(folder, entry.name);
			if (ignored.has(entry.name)) {
				continue;
			}
			if (entry.isDirectory()) {
				await walk(path);
			} else if (entry.isFile() && !binary.test(entry.name)) {
				paths.push(path);
			}
		}
	};
	await walk('');
	return Promise.all(paths.sort().map(async path => ({path, text: await readFile(root + path, 'utf8')})));
}
