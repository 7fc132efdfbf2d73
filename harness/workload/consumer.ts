import assert from 'node:assert/strict';
import {ScenarioTime} from '#core/clock.ts';
import {brokenWay} from '#core/control/broken-way.ts';
import type {NodeCommand, SiteSetup, StreamPlan} from '#core/control/messages.ts';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import {OpenStreams} from '#core/control/open-streams.ts';
import {startSiteSampler} from '#core/control/site-sampler.ts';
import {BufferBudget} from '#proxies/transports/buffer-budget.ts';
import type {Chunk} from '#proxies/transports/chunk.ts';
import {isIntact} from '#proxies/transports/content-hash.ts';
import {freeBuffer} from '#proxies/transports/free-buffer.ts';
import {SliceInlet} from '#proxies/transports/slice-inlet.ts';
import {loadTransport} from '#proxies/transports/transports.ts';
import {ChunkLedger} from './chunk-ledger.ts';
import {type Flow, loadFlow} from './flows/flow.ts';
import {ReceivedFlow} from './flows/received-flow.ts';
import {DetectionTruth} from './frames/detection-truth.ts';

type Site = {
	readonly setup: SiteSetup;
	/** Of an application that is not ours. */
	readonly flow: Flow | undefined;
	readonly budget: BufferBudget;
	readonly inlet: SliceInlet;
	readonly truth: DetectionTruth;
};

/** The program of a consumer site: checks every chunk of every stream and says what became of it. */
class Consumer implements NodeProgram {
	readonly #context: NodeContext;
	readonly #streams = new OpenStreams<AsyncDisposable>();
	readonly #resources = new AsyncDisposableStack();
	#site: Site | undefined;
	#time: ScenarioTime | undefined;

	constructor(context: NodeContext) {
		this.#context = context;
	}

	async handle(command: Exclude<NodeCommand, {kind: 'exit'}>): Promise<void> {
		switch (command.kind) {
			case 'setup':
				return this.#setUp(command.setup);
			case 'start-clock':
				return this.#startClock(BigInt(command.startNs));
			case 'open-stream':
				return this.#open(command.plan);
			case 'close-stream':
				return this.#streams.close(command.stream);
			case 'set-rate':
			case 'set-resolution':
			case 'end-stream':
				// A consumer takes what comes.
				return;
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
		const [transport, flow] = await Promise.all([
			loadTransport(setup.transport),
			setup.application && loadFlow(setup.application),
		]);
		const budget = new BufferBudget(setup.bufferedBytesMax);
		const receiver = await transport.listen({endpoint: setup.listenEndpoint});
		const inlet = this.#resources.use(new SliceInlet({receiver, clock, budget, onError: fail}));
		this.#site = {setup, flow, budget, inlet, truth: new DetectionTruth(setup)};
		say({kind: 'set-up', seconds: Number(clock.nowNs() - beganNs) / 1e9});
	}

	#startClock(startNs: bigint): void {
		const {clock, say} = this.#context;
		assert(this.#site, 'setup comes before the clock');
		const {setup, budget} = this.#site;
		const time = new ScenarioTime({startNs, timeScale: setup.timeScale});
		this.#time = time;
		const load = () => ({workersBusy: 0, bufferedBytes: budget.takenBytes});
		this.#resources.defer(startSiteSampler({clock, time, say, load}));
	}

	async #open(plan: StreamPlan): Promise<void> {
		const {stream, streamIndex, source} = plan;
		assert(this.#site && this.#time, 'setup and clock come before the first stream');
		const {say} = this.#context;
		const {inlet, flow} = this.#site;
		if (flow) {
			this.#streams.add(stream, new ReceivedFlow({...this.#context, flow, plan, time: this.#time}));
			say({kind: 'stream-opened', stream});
			return;
		}
		const ledger = new ChunkLedger();
		this.#streams.add(stream, {
			async [Symbol.asyncDispose]() {
				inlet.close(streamIndex);
			},
		});
		inlet.open(streamIndex, {
			onChunk: chunk => this.#take({stream, chunk, ledger}),
			onMisfit: ({sequence}) => say({kind: 'chunk-corrupt', stream, sequence}),
		});
		if (source) {
			await inlet.subscribe(streamIndex, source.endpoint, brokenWay(this.#context, plan));
		}
		say({kind: 'stream-opened', stream});
	}

	#take({stream, chunk, ledger}: {readonly stream: string; readonly chunk: Chunk; readonly ledger: ChunkLedger}): void {
		const {clock, say} = this.#context;
		assert(this.#site && this.#time, 'a chunk comes for an open stream only');
		const arrivedSeconds = this.#time.secondsAt(clock.nowNs());
		const {sequence, plannedSeconds, sentSeconds, resolutionRatio} = chunk;
		const bytes = chunk.content.length;
		const isWhole = isIntact(chunk);
		const detections = isWhole ? this.#site.truth.compare(chunk) : undefined;
		this.#site.budget.release(bytes);
		freeBuffer(chunk.content);
		if (!isWhole) {
			say({kind: 'chunk-corrupt', stream, sequence});
			return;
		}
		const kind = ledger.arrive(sequence);
		if (kind === 'duplicate') {
			say({kind: 'chunk-duplicate', stream, sequence});
			return;
		}
		say({
			kind: 'chunk-arrived',
			stream,
			sequence,
			plannedSeconds,
			sentSeconds,
			arrivedSeconds,
			bytes,
			resolutionRatio,
			reordered: kind === 'reordered',
			...(detections && {detections}),
		});
	}
}

runNodeProgram(context => new Consumer(context));
