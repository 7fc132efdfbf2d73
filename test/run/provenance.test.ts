import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {packageRoot} from '#core/package-root.ts';

test('a user without a name, as containers have them, is told by number', async t => {
	const module = join(packageRoot, 'harness/run/provenance.ts');
	const code = `const {readProvenance} = await import(${JSON.stringify(module)}); console.log((await readProvenance()).user);`;
	const node = [process.execPath, '--import=tsx', '--input-type=module', '--eval', code];
	const {stdout} = await promisify(execFile)('unshare', ['--user', '--map-user=4321', ...node], {cwd: packageRoot});
	t.is(stdout.trim(), 'uid 4321');
});
