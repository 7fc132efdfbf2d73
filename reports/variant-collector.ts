import type {VariantOutcome} from '#core/records/run-document.ts';
import type {RecordOf, StreambedRecord} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {LinkSeries, RequestHistory, SiteSeries, VariantRun} from './run-data.ts';
import {StreamCollector} from './stream-collector.ts';

type Growing<Series extends {readonly samples: readonly unknown[]}> = Omit<Series, 'samples'> & {
	readonly samples: Array<Series['samples'][number]>;
};

/** Sorts the records of one repeat of one variant into histories and series. */
export class VariantCollector {
	readonly variant: string;
	readonly repeat: number;
	readonly #requests = new Map<string, RequestHistory>();
	readonly #streams = new Map<string, StreamCollector>();
	readonly #links: Array<Growing<LinkSeries>> = [];
	/** The same by the link's name, then by the site that sends. */
	readonly #linksByName = new Map<string, Map<string, Growing<LinkSeries>>>();
	readonly #sites = new Map<string, Growing<SiteSeries>>();
	readonly #changes: Array<RecordOf<'link.changed'>> = [];
	readonly #incidents: Array<VariantRun['incidents'][number]> = [];
	readonly #flows: Array<VariantRun['flows'][number]> = [];
	readonly #sessions: Array<VariantRun['sessions'][number]> = [];
	readonly #foreign: Array<VariantRun['foreign'][number]> = [];
	#ended: RecordOf<'run.ended'> | undefined;
	#lastSeconds = 0;

	constructor({variant, repeat}: {readonly variant: string; readonly repeat: number}) {
		this.variant = variant;
		this.repeat = repeat;
	}

	add(record: StreambedRecord): void {
		this.#lastSeconds = Math.max(this.#lastSeconds, record.t);
		switch (record.kind) {
			case 'run.started':
			case 'run.phase':
			case 'node.joined':
			case 'link.measured':
			case 'fidelity.sample':
				return;
			case 'request.arrived':
				this.#requests.set(record.request, {
					request: record.request,
					minimumResolutionRatio: record.minimumResolutionRatio,
					deadlineSeconds: record.deadlineSeconds,
					arrivedSeconds: record.t,
					answer: undefined,
				});
				return;
			case 'request.accepted':
				this.#stream(record.stream).minimumResolutionRatio = record.minimumResolutionRatio;
				this.#stream(record.stream).place(record);
				this.#answer(record);
				return;
			case 'request.rejected':
				this.#answer(record);
				return;
			case 'stream.started':
			case 'stream.rates':
			case 'stream.resolution':
			case 'stream.stopped':
			case 'stream.completed':
			case 'chunk.produced':
			case 'chunk.delivered':
			case 'chunk.late':
			case 'chunk.duplicate':
			case 'chunk.lost':
			case 'chunk.corrupt':
				this.#stream(record.stream).add(record);
				return;
			case 'link.changed':
				this.#changes.push(record);
				return;
			case 'link.sample':
				this.#addLinkSample(record);
				return;
			case 'site.sample':
				this.#addSiteSample(record);
				return;
			case 'stream.replaced':
				this.#stream(record.stream).add(record);
				this.#incidents.push(record);
				return;
			case 'link.detected':
			case 'node.left':
			case 'fault.injected':
				this.#incidents.push(record);
				return;
			case 'flow.ended':
				this.#flows.push(record);
				return;
			case 'session.opened':
			case 'session.closed':
			case 'session.refused':
				this.#sessions.push(record);
				return;
			case 'foreign.sample':
				this.#foreign.push(record);
				return;
			case 'run.ended':
				this.#ended = record;
				return;
			default:
				record satisfies never;
		}
	}

	finish({scenario, outcome}: {readonly scenario: Scenario; readonly outcome: VariantOutcome | undefined}): VariantRun {
		return {
			variant: this.variant,
			repeat: this.repeat,
			scenario,
			outcome,
			ended: this.#ended,
			observedSeconds: Math.min(scenario.timing.driveSeconds, this.#lastSeconds),
			requests: [...this.#requests.values()],
			streams: [...this.#streams.values()].map(stream => stream.finish()),
			links: this.#links,
			sites: [...this.#sites.values()],
			changes: this.#changes,
			incidents: this.#incidents,
			flows: this.#flows,
			sessions: this.#sessions,
			foreign: this.#foreign,
		};
	}

	#stream(name: string): StreamCollector {
		let stream = this.#streams.get(name);
		if (!stream) {
			stream = new StreamCollector(name);
			this.#streams.set(name, stream);
		}
		return stream;
	}

	#answer(record: RecordOf<'request.accepted'> | RecordOf<'request.rejected'>): void {
		const arrived = this.#requests.get(record.request) ?? {
			request: record.request,
			minimumResolutionRatio: record.minimumResolutionRatio,
			deadlineSeconds: undefined,
			arrivedSeconds: record.t,
		};
		this.#requests.set(record.request, {...arrived, answer: record});
	}

	#addLinkSample({link, from, t, capacityBitsPerSecond, bitsPerSecond, droppedCount}: RecordOf<'link.sample'>): void {
		const directions = this.#linksByName.get(link) ?? new Map<string, Growing<LinkSeries>>();
		let series = directions.get(from);
		if (!series) {
			series = {link, from, samples: []};
			this.#links.push(series);
			this.#linksByName.set(link, directions.set(from, series));
		}
		series.samples.push({t, capacityBitsPerSecond, bitsPerSecond, droppedCount});
	}

	#addSiteSample({site, t, workersReserved, workers, cpuRatio, eventLoopLagMsP99}: RecordOf<'site.sample'>): void {
		let series = this.#sites.get(site);
		if (!series) {
			series = {site, samples: []};
			this.#sites.set(site, series);
		}
		series.samples.push({t, workersReserved, workers, cpuRatio, eventLoopLagMsP99});
	}
}
