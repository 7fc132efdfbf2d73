import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {killProcess} from './kill-process.ts';

const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));

export type SwarmEnd = 'near' | 'far';

/** A swarm of two nodes for tests alone, both with the image of the sites as it is bundled now. Disposing of it ends it and removes its folder. */
export class TestSwarm implements AsyncDisposable {
	readonly host: string;
	readonly #folder: string;

	private constructor(host: string, folder: string) {
		this.host = host;
		this.#folder = folder;
	}

	static async start(): Promise<TestSwarm> {
		const folder = mkdtempSync(join(tmpdir(), 'streambed-swarm-'));
		try {
			const {stdout} = await execa('sh', [script('start-swarm.sh'), '--with-image', folder]);
			return new TestSwarm(stdout.replace('DOCKER_HOST=', ''), folder);
		} catch (error) {
			await new TestSwarm('', folder)[Symbol.asyncDispose]();
			throw error;
		}
	}

	/** Where the engine of a node listens. */
	socket(end: SwarmEnd): string {
		return join(this.#folder, end, 'docker.sock');
	}

	/** What the docker client prints at an end, without the white space around it; rejects when it fails. */
	async docker(end: SwarmEnd, ...parameters: readonly string[]): Promise<string> {
		const host = `unix://${this.socket(end)}`;
		const {stdout} = await execa('docker', ['--host', host, ...parameters], {env: {DOCKER_BUILDKIT: '0'}});
		return stdout.trim();
	}

	/** Makes an image of lines of a Dockerfile, at the manager alone. */
	async build(name: string, lines: readonly string[]): Promise<void> {
		const host = `unix://${this.socket('near')}`;
		const env = {DOCKER_BUILDKIT: '0'};
		await execa('docker', ['--host', host, 'build', '--quiet', '--tag', name, '-'], {
			env,
			input: `${lines.join('\n')}\n`,
		});
	}

	/** Names of the services, containers and networks that carry our label, at both ends. */
	async ours(): Promise<readonly string[]> {
		const filter = ['--filter', 'label=org.streambed.run', '--format'];
		const listed = await Promise.all([
			this.docker('near', 'service', 'ls', ...filter, '{{.Name}}'),
			this.docker('near', 'network', 'ls', ...filter, '{{.Name}}'),
			this.docker('near', 'ps', '--all', ...filter, '{{.Names}}'),
			this.docker('far', 'ps', '--all', ...filter, '{{.Names}}'),
		]);
		return listed.flatMap(text => text.split('\n').filter(line => line !== ''));
	}

	/** Ends a container without a word, at whichever end it stands. */
	async kill(container: string): Promise<void> {
		const names = await this.docker('near', 'ps', '--format', '{{.Names}}');
		await this.docker(names.split('\n').includes(container) ? 'near' : 'far', 'kill', container);
	}

	/** Runs a command in the network namespace of a node. */
	async beside(end: SwarmEnd, ...command: readonly string[]): Promise<void> {
		const [pid = ''] = readFileSync(join(this.#folder, end, 'holder'), 'utf8').split(' ');
		await execa('nsenter', ['--target', pid, '--net', ...command]);
	}

	/** Ends the engine of a node without a word, and so all that it runs. */
	killEngine(end: SwarmEnd): void {
		const [holder = ''] = readFileSync(join(this.#folder, end, 'holder'), 'utf8').split(' ');
		const [engine = ''] = readFileSync(`/proc/${holder}/task/${holder}/children`, 'utf8').split(' ');
		killProcess(Number(engine));
	}

	async image(): Promise<string> {
		return await this.docker('near', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'streambed');
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await execa('sh', [script('start-swarm.sh'), '--stop', this.#folder]);
		rmSync(this.#folder, {recursive: true, force: true});
	}
}
