import assert from 'node:assert/strict';
import {ScenarioTime} from '#core/clock.ts';
import {brokenWay} from '#core/control/broken-way.ts';
import type {NodeCommand, SiteSetup, StreamPlan} from '#core/control/messages.ts';
import {type NodeContext, type NodeProgram, runNodeProgram} from '#core/control/node-program.ts';
import {OpenStreams} from '#core/control/open-streams.ts';
import {startSiteSampler} from '#core/control/site-sampler.ts';
import {BufferBudget} from '#proxies/transports/buffer-budget.ts';
import {ChunkSender} from '#proxies/transports/chunk-sender.ts';
import {openSender} from '#proxies/transports/open-sender.ts';
import type {Transport} from '#proxies/transports/transport.ts';
import {loadTransport} from '#proxies/transports/transports.ts';
import {type Flow, flowPlace, loadFlow} from './flows/flow.ts';
import type {Frame} from './frames/frame.ts';
import {makeFrames} from './frames/frames.ts';
import {OpenLoopPacer} from './open-loop-pacer.ts';
import {ProducerStream} from './producer-stream.ts';

type Site = {
	readonly setup: SiteSetup;
	/** Of an application that is not ours. */
	readonly flow: Flow | undefined;
	readonly transport: Transport;
	readonly frames: readonly Frame[];
	readonly budget: BufferBudget;
};

/** The program of a producer site: an instrument that sends its frames at planned instants, for each stream. */
class Producer implements NodeProgram {
	readonly #context: NodeContext;
	readonly #streams = new OpenStreams<ProducerStream>();
	/** Servers of applications that are not ours. */
	readonly #flows = new OpenStreams<AsyncDisposable>();
	/** Of streams that were closed, in case they are opened again. */
	readonly #nextSequences = new Map<string, number>();
	readonly #resources = new AsyncDisposableStack();
	readonly #pacer: OpenLoopPacer;
	#site: Site | undefined;
	#time: ScenarioTime | undefined;

	constructor(context: NodeContext) {
		this.#context = context;
		this.#resources.use(this.#streams);
		this.#resources.use(this.#flows);
		this.#pacer = this.#resources.use(new OpenLoopPacer(context.clock));
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
				return this.#site?.flow ? undefined : this.#streams.get(command.stream)?.setRate(command.bitsPerSecond);
			case 'set-resolution':
				// Chunks leave their instrument whole; the first stage reduces them.
				return;
			case 'end-stream':
				return this.#site?.flow ? undefined : this.#streams.get(command.stream)?.end();
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
		const {clock, say} = this.#context;
		const beganNs = clock.nowNs();
		const [transport, frames, flow] = await Promise.all([
			loadTransport(setup.transport),
			makeFrames(setup),
			setup.application && loadFlow(setup.application),
		]);
		this.#site = {setup, transport, frames, flow, budget: new BufferBudget(setup.bufferedBytesMax)};
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

	async #close(stream: string): Promise<void> {
		if (this.#site?.flow) {
			return this.#flows.close(stream);
		}
		const open = this.#streams.get(stream);
		await this.#streams.close(stream);
		if (open) {
			this.#nextSequences.set(stream, open.nextSequence);
		}
	}

	async #open(plan: StreamPlan): Promise<void> {
		const {clock, say} = this.#context;
		assert(this.#site && this.#time, 'setup and clock come before the first stream');
		assert(plan.next, `the stream ${plan.stream} leads nowhere from its producer`);
		const {setup, transport, frames, flow, budget} = this.#site;
		if (flow) {
			const serving = {place: flowPlace(plan.next.endpoint), bodyBytes: setup.chunkBytes};
			this.#flows.add(plan.stream, await flow.serve(serving));
			say({kind: 'stream-opened', stream: plan.stream});
			return;
		}
		const sender = new ChunkSender({
			sender: await openSender(transport, plan.next),
			clock,
			sliceBytes: setup.sliceBytes,
			bitsPerSecond: plan.bitsPerSecond,
			onError: brokenWay(this.#context, plan),
		});
		const firstSequence = plan.sends?.resume ? (this.#nextSequences.get(plan.stream) ?? 0) : 0;
		say({kind: 'stream-opened', stream: plan.stream});
		this.#streams.add(
			plan.stream,
			new ProducerStream({
				plan,
				firstSequence,
				frames,
				clock,
				time: this.#time,
				pacer: this.#pacer,
				sender,
				budget,
				say,
			}),
		);
	}
}

runNodeProgram(context => new Producer(context));
