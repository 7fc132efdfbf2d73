import {mean} from 'simple-statistics';
import type {RecordOf} from '#core/records/schema.ts';
import {sum} from '#core/sum.ts';
import type {VariantRun} from '../run-data.ts';
import {type StreamClass, streamsOf} from '../series.ts';
import {type Draft, quotient} from './draft.ts';

/** What the flows of applications that are not ours saw, and how evenly streams shared what there was. */
export function flowMeasures(run: VariantRun, streamClass: StreamClass): readonly Draft[] {
	const flows = flowsOf(run, streamClass);
	const rates = flows.length > 0 ? flows.map(({bitsPerSecond}) => bitsPerSecond) : deliveredBytes(run, streamClass);
	const medians = flows.flatMap(({latencyMsP50}) => latencyMsP50 ?? []);
	const slow = flows.flatMap(({latencyMsP99}) => latencyMsP99 ?? []);
	const retransmits = flows.flatMap(({retransmitCount}) => retransmitCount ?? []);
	return [
		...(rates.length > 1 ? [['throughput.jainRatio', jainIndex(rates)] as const] : []),
		...(medians.length > 0 ? [['latency.requestMs.p50', mean(medians)] as const] : []),
		...(slow.length > 0 ? [['latency.requestMs.p99', Math.max(...slow)] as const] : []),
		...(flows.length > 0 ? [['flows.errors', sum(flows.map(({errorCount}) => errorCount))] as const] : []),
		...(retransmits.length > 0 ? [['flows.retransmits', sum(retransmits)] as const] : []),
	];
}

/** Means over the sessions of a tunnel, real time: the whole set-up of both sides, and its calls, each on its slower side. */
export function sessionMeasures({sessions}: VariantRun): readonly Draft[] {
	const opened = sessions.filter(one => one.kind === 'session.opened');
	if (opened.length === 0) {
		return [];
	}
	const meanSeconds = (ofSession: (session: RecordOf<'session.opened'>) => number) =>
		mean(opened.map(ofSession)) / 1000;
	const slower = (step: 'reqMs' | 'helloMs' | 'updateMs') =>
		meanSeconds(({inbound, outbound}) => Math.max(inbound[step], outbound[step]));
	return [
		['setup.seconds.session', meanSeconds(({wholeMs}) => wholeMs)],
		['setup.seconds.session.req', slower('reqMs')],
		['setup.seconds.session.hello', slower('helloMs')],
		['setup.seconds.session.update', slower('updateMs')],
	];
}

/** The flows of the streams of a class. */
export function flowsOf(run: VariantRun, streamClass: StreamClass): ReadonlyArray<RecordOf<'flow.ended'>> {
	const streams = new Set(streamsOf(run, streamClass).map(({stream}) => stream));
	return run.flows.filter(({stream}) => streams.has(stream));
}

/** Jain's fairness index: (Σx)² ÷ (n·Σx²), 1 when all have the same, 1/n when one has it all. */
function jainIndex(shares: readonly number[]): number | {readonly none: string} {
	return quotient(sum(shares) ** 2, shares.length * sum(shares.map(share => share ** 2)), 'no stream carried anything');
}

function deliveredBytes(run: VariantRun, streamClass: StreamClass): readonly number[] {
	return streamsOf(run, streamClass).map(({deliveries}) => sum(deliveries.map(({bytes}) => bytes)));
}
