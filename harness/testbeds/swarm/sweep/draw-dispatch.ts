import assert from 'node:assert/strict';
import type {Clock} from '#core/clock.ts';
import {readLines} from '#core/control/lines.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {arrived} from '../../simulated/travelling-end.ts';
import type {CollectedDraw, SimulationOrder} from '../../testbed.ts';
import type {SwitchboardMember} from '../switchboard/member-channel.ts';
import {DrawLedger, type Loss} from './draw-ledger.ts';
import type {SweepOrder, SweepReport} from './messages.ts';
import type {WorkerNews} from './worker-log.ts';

/** A draw for whichever worker. */
export type DispatchedDraw = SimulationOrder & {readonly collectorPath: string};

/** Gives draws to the workers that have dialled in, each to one at a time, and to another when its worker is lost. */
export class DrawDispatch implements Disposable {
	readonly #clock: Clock;
	readonly #requirePrograms: (digest: string) => void;
	readonly #tell: (news: WorkerNews) => void;
	readonly #ledger = new DrawLedger<PendingOrder>({lossCountMax});
	readonly #workers = new Map<string, Worker>();
	readonly #pending = new Set<PendingOrder>();
	#drawCount = 0;
	#failure: Error | undefined;
	#cancelWait = () => {};

	constructor({
		clock,
		requirePrograms,
		tell,
	}: {
		readonly clock: Clock;
		/** Throws when the programs of a worker are not ours. */
		readonly requirePrograms: (digest: string) => void;
		/** Keeps what becomes of workers. */
		readonly tell: (news: WorkerNews) => void;
	}) {
		this.#clock = clock;
		this.#requirePrograms = requirePrograms;
		this.#tell = tell;
	}

	/** How many workers are there; throws what ended the dispatch. */
	get workerCount(): number {
		if (this.#failure) {
			throw this.#failure;
		}
		return this.#workers.size;
	}

	/** A member of the switchboard: a worker that has dialled in. */
	join(member: SwitchboardMember): void {
		readLines(member.output, line => {
			this.#unlessOver(() => this.#hear(member, JSON.parse(line) as SweepReport));
		});
		void member.left.then(reason => this.#unlessOver(() => this.#lose(member.name, reason)));
	}

	/** Resolves with what a worker measured; rejects with NODE_LOST when there is none left, or each that had the draw was lost. */
	async collect(draw: DispatchedDraw): Promise<CollectedDraw> {
		if (this.#failure) {
			throw this.#failure;
		}
		const pending: PendingOrder = {...draw, id: this.#drawCount++, result: Promise.withResolvers()};
		this.#pending.add(pending);
		this.#ledger.ask(pending);
		this.#giveAll();
		try {
			return await pending.result.promise;
		} finally {
			this.#pending.delete(pending);
		}
	}

	[Symbol.dispose](): void {
		this.#end(new Error('the sweep is over'));
	}

	#hear(member: SwitchboardMember, report: SweepReport): void {
		switch (report.kind) {
			case 'hello':
				this.#requirePrograms(report.programs);
				this.#cancelWait();
				this.#workers.set(member.name, {member, node: report.node, release: () => {}});
				this.#tell({kind: 'joined', worker: member.name, node: report.node});
				this.#ledger.join(member.name);
				break;
			case 'measured': {
				const {end, collected, counts} = report;
				const result = {end: arrived(end), collected, countByKind: new Map(counts)};
				this.#settle(member, report.id, ({resolve}) => resolve(result));
				break;
			}
			case 'broken': {
				const error = new Error(`a draw ended by a mistake: ${report.message}`);
				this.#settle(member, report.id, ({reject}) => reject(error));
				break;
			}
			default:
				report satisfies never;
		}
		this.#giveAll();
	}

	#settle({name}: SwitchboardMember, id: number, how: (result: PendingOrder['result']) => void): void {
		for (const pending of this.#pending) {
			if (pending.id === id && this.#ledger.take(name, pending)) {
				this.#workers.get(name)?.release();
				how(pending.result);
			}
		}
	}

	#lose(name: string, reason: string): void {
		const worker = this.#workers.get(name);
		if (!worker) {
			return;
		}
		worker.release();
		this.#workers.delete(name);
		const loss = this.#ledger.lose(name);
		this.#tell({kind: 'lost', worker: name, node: worker.node, reason, ...lostDraw(loss)});
		if (loss.kind === 'given-up') {
			const text = `${loss.lossCount} workers were lost over the draw with the seed ${loss.draw.seed}; the last stood on ${worker.node}: ${reason}`;
			loss.draw.result.reject(
				new StreambedError('NODE_LOST', text, {hint: 'the same run with --spread threads tells more'}),
			);
		}
		if (this.#workers.size === 0) {
			this.#awaitAnother(`${worker.node}: ${reason}`);
		}
		this.#giveAll();
	}

	#awaitAnother(last: string): void {
		this.#cancelWait = this.#clock.after(emptySecondsMax, () => {
			const text = `no worker was there for ${emptySecondsMax} s; the last one stood on ${last}`;
			this.#end(new StreambedError('NODE_LOST', text, {hint: 'docker node ls tells which nodes are there'}));
		});
	}

	#giveAll(): void {
		for (let given = this.#ledger.give(); given; given = this.#ledger.give()) {
			const {worker, draw} = given;
			const {id, seed, scenario, collectorPath, signal} = draw;
			const holder = this.#workers.get(worker);
			assert(holder, 'only workers that are there are given draws');
			const say = (order: SweepOrder) => holder.member.input.write(`${JSON.stringify(order)}\n`);
			const abort = () => say({kind: 'abort', id});
			say({kind: 'simulate', id, seed, scenario, collectorPath});
			if (signal.aborted) {
				abort();
			}
			signal.addEventListener('abort', abort);
			holder.release = () => signal.removeEventListener('abort', abort);
		}
	}

	/** What cannot be read, kept or trusted ends the sweep, and not the program. */
	#unlessOver(doing: () => void): void {
		if (this.#failure) {
			return;
		}
		try {
			doing();
		} catch (error) {
			this.#end(error instanceof Error ? error : new Error(String(error)));
		}
	}

	#end(failure: Error): void {
		this.#failure ??= failure;
		this.#cancelWait();
		for (const {release} of this.#workers.values()) {
			release();
		}
		for (const {result} of this.#pending) {
			result.reject(this.#failure);
		}
	}
}

type PendingOrder = DispatchedDraw & {readonly id: number; readonly result: PromiseWithResolvers<CollectedDraw>};

type Worker = {
	readonly member: SwitchboardMember;
	readonly node: string;
	/** Nobody asks any more that its draw end before its time. */
	release: () => void;
};

const lostDraw = (loss: Loss<PendingOrder>): Pick<WorkerNews & {kind: 'lost'}, 'draw'> =>
	loss.kind === 'nothing' ? {} : {draw: {id: loss.draw.id, kind: loss.kind}};

/** A draw over which so many workers are lost is no accident. */
const lossCountMax = 3;

/** Long enough for the swarm to start a task anew, on another node if need be. */
const emptySecondsMax: Seconds = 60;
