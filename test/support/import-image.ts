import {chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {findProgram} from '#core/find-program.ts';

/** Runs the docker client for an engine. */
type Docker = (...parameters: readonly string[]) => Promise<unknown>;

/** Makes an image at an engine that has these files, by their paths in it, and nothing else. */
export async function importImage(
	docker: Docker,
	{
		name,
		files,
		changes = [],
	}: {
		readonly name: string;
		readonly files: Readonly<Record<string, string>>;
		/** Lines of a Dockerfile. */
		readonly changes?: readonly string[];
	},
): Promise<void> {
	const world = mkdtempSync(join(tmpdir(), 'streambed-image-'));
	try {
		const root = join(world, 'root');
		mkdirSync(root);
		chmodSync(root, 0o755);
		for (const [path, source] of Object.entries(files)) {
			mkdirSync(dirname(join(root, path)), {recursive: true});
			copyFileSync(source, join(root, path));
		}
		const archive = join(world, 'root.tar');
		await execa('tar', ['--create', '--directory', root, '--file', archive, '.']);
		await docker('import', ...changes.flatMap(change => ['--change', change]), archive, name);
	} finally {
		rmSync(world, {recursive: true, force: true});
	}
}

/** The name of an image of one static program, and nothing else. */
export const staticImage = 'streambed-test:static';

export const importStatic = (docker: Docker): Promise<void> =>
	importImage(docker, {name: staticImage, files: {busybox: findProgram('busybox') ?? ''}});
