import type {Clock, ScenarioTime} from '#core/clock.ts';
import type {Phase, RecordBody} from '#core/records/schema.ts';
import type {MonotonicNs} from '#core/units.ts';

/**
 * Records the phases of a variant. Those before driving wait until its second 0 is known, and then get their true times;
 * `onPhase` hears of each when it begins.
 */
export class PhaseLog {
	readonly #emit: (record: RecordBody) => void;
	readonly #onPhase: (phase: Phase) => void;
	readonly #clock: Clock;
	readonly #begun = new Map<Phase, MonotonicNs>();
	#waiting: Array<(time: ScenarioTime) => RecordBody> = [];
	#time: ScenarioTime | undefined;

	constructor({
		emit,
		onPhase,
		clock,
	}: {
		readonly emit: (record: RecordBody) => void;
		readonly onPhase: (phase: Phase) => void;
		readonly clock: Clock;
	}) {
		this.#emit = emit;
		this.#onPhase = onPhase;
		this.#clock = clock;
	}

	fix(time: ScenarioTime): void {
		this.#time = time;
		for (const make of this.#waiting) {
			this.#emit(make(time));
		}
		this.#waiting = [];
	}

	begin(phase: Phase): void {
		this.#begun.set(phase, this.#clock.nowNs());
		this.#onPhase(phase);
		this.emit({kind: 'run.phase', phase, status: 'begun'});
	}

	end(phase: Phase): void {
		const wallSeconds = Number(this.#clock.nowNs() - (this.#begun.get(phase) ?? 0n)) / 1e9;
		this.emit({kind: 'run.phase', phase, status: 'done', wallSeconds});
	}

	/** Emits a record that happens now. */
	emit(body: Untimed): void {
		const instantNs = this.#clock.nowNs();
		const make = (time: ScenarioTime): RecordBody => ({...body, t: time.secondsAt(instantNs)}) as RecordBody;
		if (this.#time) {
			this.#emit(make(this.#time));
		} else {
			this.#waiting.push(make);
		}
	}
}

type WithoutTime<One> = One extends RecordBody ? Omit<One, 't'> : never;
type Untimed = WithoutTime<RecordBody>;
