import assert from 'node:assert/strict';
import {mkdirSync, rmSync} from 'node:fs';
import {ScenarioTime} from '#core/clock.ts';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import {startSiteSampler} from '#core/control/site-sampler.ts';
import type {GatewayCommand, GatewaySetup} from '#core/control/tunnel-messages.ts';
import {descendants, treeCpuSeconds} from '#core/process-tree.ts';
import {signalProcess} from '#core/processes.ts';
import {foreignTunnelKinds} from '#core/scenario/tunnel-schema.ts';
import {ControlServer} from '../control/control-server.ts';
import {identitiesFromFile} from '../control/identities.ts';
import {ContainerPrograms} from '../data-servers/container-programs.ts';
import type {DataServerFactory} from '../data-servers/data-server.ts';
import {loadDataServer, loadForeignServer} from '../data-servers/data-servers.ts';
import {ForeignProcesses} from './foreign-processes.ts';
import {writeGatewayFiles} from './gateway-files.ts';

/** The program of a gateway: SciStream's control server and its data servers. It counts the processor time of all of them. */
class Gateway implements NodeProgram<GatewayCommand> {
	readonly #context: NodeContext;
	readonly #resources = new AsyncDisposableStack();
	#setup: GatewaySetup | undefined;
	/** Where data servers are containers of an image. */
	readonly #programs: ContainerPrograms;
	#processes: ForeignProcesses | undefined;
	#server: ControlServer | undefined;
	#restarting: Promise<void> = Promise.resolve();

	constructor(context: NodeContext) {
		this.#context = context;
		this.#programs = new ContainerPrograms(context.say);
	}

	async handle(command: Exclude<GatewayCommand, {kind: 'exit'}>): Promise<void> {
		switch (command.kind) {
			case 'setup-gateway':
				return this.#setUp(command.setup);
			case 'start-clock':
				return this.#startClock(BigInt(command.startNs));
			case 'kill-data-servers':
				for (const pid of descendants(process.pid)) {
					signalProcess(pid, 'SIGKILL');
				}
				this.#processes?.kill();
				return;
			case 'restart-control':
				// Not waited for: that the containers of its data servers are gone, commands tell that come after this one.
				this.#restarting = this.#restarting.then(() => this.#restart());
				this.#restarting.catch(this.#context.fail);
				return;
			case 'data-server-started':
			case 'data-server-refused':
			case 'data-server-said':
			case 'data-server-ended':
				this.#programs.hear(command);
				return;
			default:
				command satisfies never;
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		// Why it failed has been said.
		await this.#restarting.catch(() => {});
		this.#resources.use(this.#server);
		await this.#resources.disposeAsync();
	}

	async #setUp(setup: GatewaySetup): Promise<void> {
		const {clock, say} = this.#context;
		const beganNs = clock.nowNs();
		this.#setup = setup;
		mkdirSync(setup.folder, {recursive: true, mode: 0o700});
		this.#resources.defer(() => rmSync(setup.folder, {recursive: true, force: true}));
		if (setup.dataServer !== 'direct') {
			this.#server = await this.#startServer();
		}
		say({kind: 'set-up', seconds: Number(clock.nowNs() - beganNs) / 1e9});
	}

	async #restart(): Promise<void> {
		await this.#server?.[Symbol.asyncDispose]();
		this.#server = await this.#startServer();
	}

	async #startServer(): Promise<ControlServer> {
		assert(this.#setup, 'the setup comes before the control server');
		const {clock} = this.#context;
		const {host, controlPort, dataPorts, folder, serversFolder} = this.#setup;
		const {tokensFile, credentials} = writeGatewayFiles(this.#setup);
		const factory = await this.#loadFactory(this.#setup);
		await factory.check();
		return ControlServer.start({
			listen: {host, port: controlPort},
			identify: identitiesFromFile(tokensFile, clock),
			dataHost: host,
			dataPorts,
			factory,
			...(credentials && {credentials}),
			stateFolder: serversFolder ?? `${folder}/state`,
			sessionCountMax: 4096,
			setupSeconds: 180,
			leaseSeconds: 3600,
			clock,
			onNote: note => process.stderr.write(`${note}\n`),
		});
	}

	#loadFactory({dataServer, serversFolder}: GatewaySetup): Promise<DataServerFactory> {
		assert(dataServer !== 'direct', 'a gateway without a data server needs no control server');
		if (serversFolder === undefined) {
			return loadDataServer(dataServer);
		}
		const kind = foreignTunnelKinds.find(one => one === dataServer);
		assert(kind, 'an image brings data servers of others');
		this.#processes ??= new ForeignProcesses(`${serversFolder}/`);
		return loadForeignServer(kind, this.#programs);
	}

	#startClock(startNs: bigint): void {
		const {clock, say} = this.#context;
		assert(this.#setup, 'the setup comes before the clock');
		const time = new ScenarioTime({startNs, timeScale: this.#setup.timeScale});
		const load = () => ({workersBusy: 0, bufferedBytes: 0});
		const cpuSeconds = () => treeCpuSeconds(process.pid) + (this.#processes?.cpuSeconds() ?? 0);
		this.#resources.defer(startSiteSampler({clock, time, say, load, cpuSeconds}));
	}
}

runNodeProgram<GatewayCommand>(context => new Gateway(context));
