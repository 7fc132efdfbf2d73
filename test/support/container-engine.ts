import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {findProgram} from '#core/find-program.ts';

const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));

/** Why no container engine of a test's own can run here; nothing when one can. */
export function engineSkipReason(): string | undefined {
	const missing = ['dockerd', 'docker', 'debootstrap', 'busybox'].filter(name => findProgram(name) === undefined);
	if (missing.length > 0) {
		return `${missing.join(', ')} not installed; sh scripts/install-docker.sh`;
	}
	return process.getuid?.() === 0 ? undefined : 'an engine of its own is started by root';
}

/** An engine for tests alone, with the image of the sites as it is bundled now. Disposing of it ends it and removes its folder. */
export class ContainerEngine implements AsyncDisposable {
	readonly host: string;
	/** Of its own; nothing where it was there before. */
	readonly #folder: string | undefined;

	private constructor(host: string, folder?: string) {
		this.#folder = folder;
		this.host = host;
	}

	/** One that runs and has the image; it stays. */
	static at(host: string): ContainerEngine {
		return new ContainerEngine(host);
	}

	static async start(): Promise<ContainerEngine> {
		const folder = mkdtempSync(join(tmpdir(), 'streambed-engine-'));
		const {stdout} = await execa('sh', [script('start-docker.sh'), folder]);
		const engine = new ContainerEngine(stdout.replace('DOCKER_HOST=', ''), folder);
		try {
			await execa('sh', [script('build-image.sh')], {env: {DOCKER_HOST: engine.host}});
			return engine;
		} catch (error) {
			await engine[Symbol.asyncDispose]();
			throw error;
		}
	}

	/** What the docker client prints, without the white space around it; rejects when it fails. */
	async docker(...parameters: readonly string[]): Promise<string> {
		const {stdout} = await execa('docker', [...parameters], {env: {DOCKER_HOST: this.host, DOCKER_BUILDKIT: '0'}});
		return stdout.trim();
	}

	/** Starts a container by the engine's own client, attached, until it has printed something. */
	async startUntil(name: string, text: string): Promise<void> {
		const client = spawn('docker', ['start', '--attach', name], {
			stdio: ['ignore', 'pipe', 'inherit'],
			env: {...process.env, DOCKER_HOST: this.host},
		});
		for await (const output of client.stdout) {
			if (String(output).includes(text)) {
				client.kill('SIGKILL');
				return;
			}
		}
		throw new Error(`${name} ended without ${text}`);
	}

	/** Makes an image of lines of a Dockerfile. */
	async build(name: string, lines: readonly string[]): Promise<void> {
		const env = {DOCKER_HOST: this.host, DOCKER_BUILDKIT: '0'};
		await execa('docker', ['build', '--quiet', '--tag', name, '-'], {env, input: `${lines.join('\n')}\n`});
	}

	/** Names of the containers, networks and volumes that carry our label. */
	async ours(label = 'org.streambed.run'): Promise<readonly string[]> {
		const filter = ['--filter', `label=${label}`, '--format'];
		const listed = await Promise.all([
			this.docker('ps', '--all', ...filter, '{{.Names}}'),
			this.docker('network', 'ls', ...filter, '{{.Name}}'),
			this.docker('volume', 'ls', ...filter, '{{.Name}}'),
		]);
		return listed.flatMap(text => text.split('\n').filter(line => line !== ''));
	}

	/** Ends it as a crash would: at once, with all of its containers. */
	kill(): void {
		assert(this.#folder !== undefined, 'an engine that was there before is not ours to end');
		const [pid] = readFileSync(join(this.#folder, 'holder'), 'utf8').split(' ');
		process.kill(Number(pid), 'SIGKILL');
	}

	async [Symbol.asyncDispose](): Promise<void> {
		if (this.#folder !== undefined) {
			await execa('sh', [script('start-docker.sh'), '--stop', this.#folder]);
			rmSync(this.#folder, {recursive: true, force: true});
		}
	}
}
