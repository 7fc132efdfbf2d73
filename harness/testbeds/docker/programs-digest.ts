import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';
import {brokerProgramPath} from '../brokers/broker-program.ts';
import {programsByRole} from '../namespaces/programs-by-role.ts';

/** The bundle that stands in a container before any program of its site. */
export const agentPath: string = join(packageRoot, 'dist/harness/testbeds/docker/site-agent.js');

/** What the programs of the sites are, all that they are bundled with included: tells those of an image from those of another build. */
export function programsDigest(): string {
	const hash = createHash('sha256');
	const stageThread = join(packageRoot, 'dist/proxies/stages/stage-thread.js');
	const paths = new Set([agentPath, ...Object.values(programsByRole), brokerProgramPath, stageThread]);
	const texts: string[] = [];
	for (const path of paths) {
		const text = readFileSync(path, 'utf8');
		texts.push(text);
		for (const [, chunk = ''] of text.matchAll(bundledImport)) {
			paths.add(join(dirname(path), chunk));
		}
	}
	for (const text of texts.sort()) {
		hash.update(text);
	}
	return hash.digest('hex');
}

const bundledImport = /\b(?:from|import)\s*\(?\s*"(\.[^"\n]*\.js)"/g;
