import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';
import {brokerProgramPath} from '../brokers/broker-program.ts';
import {programsByRole} from '../namespaces/programs-by-role.ts';

/** What the programs of the sites are, all that they are bundled with included: tells those of an image from those of another build. */
export function programsDigest(): string {
	const hash = createHash('sha256');
	const paths = new Set([
		...agents.map(path => join(packageRoot, 'dist/harness/testbeds', path)),
		join(packageRoot, 'dist/harness/cli/measure-collector.js'),
		...Object.values(programsByRole),
		brokerProgramPath,
		...startedByPrograms.map(path => join(packageRoot, 'dist/proxies', path)),
	]);
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

const agents = [
	'docker/site-agent.js',
	'swarm/swarm-agent.js',
	'swarm/switchboard/switchboard-program.js',
	'swarm/sweep/sweep-worker.js',
] as const;

/** Bundles beside those of the roles: of gateways and their client, and those that programs start themselves. */
const startedByPrograms = [
	'scistream/nodes/gateway-node.js',
	'scistream/nodes/user-client-node.js',
	'scistream/data-servers/carrier.js',
	'stages/stage-thread.js',
] as const;

const bundledImport = /\b(?:from|import)\s*\(?\s*"(\.[^"\n]*\.js)"/g;
