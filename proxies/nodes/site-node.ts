import assert from 'node:assert/strict';
import {availableParallelism} from 'node:os';
import {ScenarioTime} from '#core/clock.ts';
import {brokenWay} from '#core/control/broken-way.ts';
import type {NodeCommand, SiteSetup, StreamPlan} from '#core/control/messages.ts';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import {OpenStreams} from '#core/control/open-streams.ts';
import {startSiteSampler} from '#core/control/site-sampler.ts';
import {loadImageLibrary} from '../stages/downscale.ts';
import {StageThreads} from '../stages/stage-threads.ts';
import {BufferBudget} from '../transports/buffer-budget.ts';
import {openSender} from '../transports/open-sender.ts';
import {SliceInlet} from '../transports/slice-inlet.ts';
import type {Transport} from '../transports/transport.ts';
import {loadTransport} from '../transports/transports.ts';
import {StreamStages} from './stream-stages.ts';
import {Turnstile} from './turnstile.ts';

type Site = {
	readonly setup: SiteSetup;
	readonly transport: Transport;
	readonly budget: BufferBudget;
	readonly inlet: SliceInlet;
	readonly threads: StageThreads | undefined;
};

/** Images that a site works on at once: half of the cores, the others carry the network. */
const imageWorkCount = Math.max(1, Math.floor(availableParallelism() / 2));

/** The program of a compute site: for each stream that crosses it, the stages that were placed here; a relay where none was. */
class SiteNode implements NodeProgram {
	readonly #context: NodeContext;
	readonly #streams = new OpenStreams<StreamStages>();
	readonly #imageWork = new Turnstile(imageWorkCount);
	readonly #resources = new AsyncDisposableStack();
	#site: Site | undefined;

	constructor(context: NodeContext) {
		this.#context = context;
		this.#resources.use(this.#streams);
	}

	async handle(command: Exclude<NodeCommand, {kind: 'exit'}>): Promise<void> {
		switch (command.kind) {
			case 'setup':
				return this.#setUp(command.setup);
			case 'start-clock':
				return this.#startClock(BigInt(command.startNs));
			case 'open-stream':
				return this.#open(command.plan);
			case 'set-rate':
				return this.#streams.get(command.stream)?.setRate(command.bitsPerSecond);
			case 'set-resolution':
				return this.#streams.get(command.stream)?.setResolution(command.resolutionRatio);
			case 'end-stream':
				// Only the producer decides what is sent; what is under way goes on.
				return;
			case 'close-stream':
				return this.#close(command.stream);
			default:
				command satisfies never;
		}
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.#resources.disposeAsync();
	}

	async #setUp(setup: SiteSetup): Promise<void> {
		const {clock, say, fail} = this.#context;
		const beganNs = clock.nowNs();
		const [transport, threads] = await Promise.all([
			loadTransport(setup.transport),
			setup.measuresWork ? StageThreads.open({threadCount: imageWorkCount}) : undefined,
			loadImageLibrary(),
		]);
		if (threads) {
			this.#resources.use(threads);
		}
		const budget = new BufferBudget(setup.bufferedBytesMax);
		const receiver = await transport.listen({endpoint: setup.listenEndpoint});
		const inlet = this.#resources.use(new SliceInlet({receiver, clock, budget, onError: fail}));
		this.#site = {setup, transport, budget, inlet, threads};
		say({kind: 'set-up', seconds: Number(clock.nowNs() - beganNs) / 1e9});
	}

	#startClock(startNs: bigint): void {
		const {clock, say} = this.#context;
		const {setup, budget} = this.#standing();
		const time = new ScenarioTime({startNs, timeScale: setup.timeScale});
		const load = () => ({
			workersBusy: this.#streams.values().reduce((sum, {workersBusy}) => sum + workersBusy, 0),
			bufferedBytes: budget.takenBytes,
		});
		this.#resources.defer(startSiteSampler({clock, time, say, load}));
	}

	async #open(plan: StreamPlan): Promise<void> {
		const {clock, say} = this.#context;
		const {setup, transport, budget, inlet, threads} = this.#standing();
		const onError = brokenWay(this.#context, plan);
		const {stream, streamIndex, next, source} = plan;
		assert(next, `the stream ${stream} ends at ${setup.site}, which is no consumer`);
		const saysCorrupt = ({sequence}: {readonly sequence: number}) => say({kind: 'chunk-corrupt', stream, sequence});
		const stages = new StreamStages({
			plan,
			setup,
			clock,
			sender: await openSender(transport, next),
			budget,
			imageWork: this.#imageWork,
			threads,
			onCorrupt: saysCorrupt,
			onError,
		});
		this.#streams.add(stream, stages);
		inlet.open(streamIndex, {onChunk: chunk => stages.accept(chunk), onMisfit: saysCorrupt});
		if (source) {
			await inlet.subscribe(streamIndex, source.endpoint, onError);
		}
		say({kind: 'stream-opened', stream});
	}

	async #close(stream: string): Promise<void> {
		const stages = this.#streams.get(stream);
		if (stages) {
			this.#standing().inlet.close(stages.streamIndex);
			await this.#streams.close(stream);
		}
	}

	#standing(): Site {
		assert(this.#site, 'setup comes before every other command');
		return this.#site;
	}
}

runNodeProgram(context => new SiteNode(context));
