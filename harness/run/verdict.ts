import type {StreambedError} from '#core/errors.ts';
import {formatRate} from '#core/quantities.ts';
import {type LinkCalibration, type Verdict, type VerdictReason, verdicts} from '#core/records/run-document.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Testbed} from '#testbeds/testbed.ts';
import type {Evidence} from './evidence.ts';
import {judgeTimeline} from './judge-timeline.ts';
import {loadRatio} from './link-load.ts';
import {busy, invalid, judgeAgainst, suspect} from './verdict-reasons.ts';

/** Judges one variant's repeat: every reason why its numbers might not be trusted, with what was measured against what. */
export function judge({
	scenario,
	evidence,
	time,
	outcome,
	failure,
	congestionControl,
}: {
	readonly scenario: Scenario;
	readonly evidence: Evidence;
	/** A model in virtual time has no links to measure and no processors to watch. */
	readonly time: Testbed['time'];
	readonly outcome: 'completed' | 'interrupted' | 'failed';
	readonly failure?: StreambedError | undefined;
	readonly congestionControl: readonly string[];
}): readonly VerdictReason[] {
	const {fidelity, stack} = scenario;
	const {who, lagMs} = evidence.worstLag;
	const reasons = [
		...(failure ? [invalid(failure.message)] : []),
		...(outcome === 'interrupted' ? [suspect('the run was interrupted before its end')] : []),
		...evidence.calibration.flatMap(calibration => judgeLink(calibration, fidelity)),
		...judgeAgainst(
			fidelity.generatorLatenessMsP99,
			evidence.generatorLatenessMsP99,
			(measured, limit) => `the generator was late: p99 ${measured.toFixed(1)} ms, limit ${limit} ms`,
		),
		...judgeAgainst(
			fidelity.eventLoopLagMsP99,
			lagMs,
			(measured, limit) => `the event loop of ${who} lagged: ${measured.toFixed(1)} ms, limit ${limit} ms`,
		),
		...((evidence.cpuPressureRatio ?? 0) > fidelity.cpuPressureRatio
			? [
					busy(
						'suspect',
						`tasks waited for a processor ${percent(evidence.cpuPressureRatio ?? 0)} of the time, limit ${percent(fidelity.cpuPressureRatio)}`,
					),
				]
			: []),
		...judgeLoad(evidence),
		...(time === 'real' ? judgeTimeline({scenario, evidence, outcome}) : []),
		...judgeAccounts(evidence, outcome),
		...(time === 'real' && outcome === 'completed' ? unseen(evidence, congestionControl) : []),
	];
	const foreign = congestionControl.filter(name => name !== stack.congestionControl);
	if (foreign.length > 0) {
		reasons.push(
			invalid(`connections used ${foreign.join(', ')} where the scenario asks for ${stack.congestionControl}`),
		);
	}
	return reasons;
}

/** The worst of several; `valid` when there is nothing to say. */
export function worstVerdict(all: readonly Verdict[]): Verdict {
	return verdicts[Math.max(0, ...all.map(verdict => verdicts.indexOf(verdict)))] ?? 'invalid';
}

function judgeLink(
	{link, from, askedBitsPerSecond, measuredBitsPerSecond, askedDelayMs, measuredDelayMs}: LinkCalibration,
	{rateErrorRatio, delayErrorMs, delayErrorRatio}: Scenario['fidelity'],
): readonly VerdictReason[] {
	const rateError = Math.abs(measuredBitsPerSecond / askedBitsPerSecond - 1);
	const delayMs = Math.abs(measuredDelayMs - askedDelayMs);
	const delayLimitMs = Math.max(delayErrorMs, askedDelayMs * delayErrorRatio);
	return [
		...(rateError > rateErrorRatio
			? [
					busy(
						'invalid',
						`link ${link} from ${from} carried ${formatRate(measuredBitsPerSecond)} of ${formatRate(askedBitsPerSecond)}: ${percent(rateError)} off, limit ${percent(rateErrorRatio)}`,
					),
				]
			: []),
		...(delayMs > delayLimitMs
			? [
					busy(
						'invalid',
						`link ${link} from ${from} delayed by ${measuredDelayMs.toFixed(2)} ms where ${askedDelayMs.toFixed(2)} ms was asked, limit ±${delayLimitMs.toFixed(2)} ms`,
					),
				]
			: []),
	];
}

/** No link carries more than it has: one that did is not the link that was asked for. */
function judgeLoad({linkLoad: {highest}}: Evidence): readonly VerdictReason[] {
	if (!highest || loadRatio(highest) <= 1) {
		return [];
	}
	const {link, from, atSeconds, bitsPerSecond, possibleBitsPerSecond} = highest;
	return [
		invalid(
			`link ${link} from ${from} carried ${formatRate(bitsPerSecond)} before ${atSeconds.toFixed(1)} s, where ${formatRate(possibleBitsPerSecond)} is the most that it can`,
		),
	];
}

/** What was not watched is no evidence that all was well. */
function unseen(evidence: Evidence, congestionControl: readonly string[]): readonly VerdictReason[] {
	return [
		...(evidence.calibration.length === 0 ? [invalid('no link was measured before driving')] : []),
		...(evidence.hasLag ? [] : [invalid('no program told how its event loop fared')]),
		...(evidence.cpuPressureRatio === undefined
			? [suspect('this kernel does not tell how long tasks wait for a processor: that was not watched')]
			: []),
		...(evidence.linkLoad.count === 0 ? [suspect('the counters of the links were not read while driving')] : []),
		// Where a firewall lets nothing come, there may be no connection to see.
		...(congestionControl.length === 0 && evidence.counts.delivered + evidence.counts.flows > 0
			? [suspect('the congestion control of the connections was not seen')]
			: []),
	];
}

function judgeAccounts({counts}: Evidence, outcome: string): readonly VerdictReason[] {
	const settled = counts.delivered + counts.corrupt + counts.lost;
	return [
		...(settled === counts.produced
			? []
			: [invalid(`${counts.produced} chunks were produced, but ${settled} are accounted for`)]),
		...(counts.produced + counts.flows === 0 && outcome === 'completed' ? [invalid('no chunk was produced')] : []),
		...(counts.corrupt > 0 ? [suspect(`${counts.corrupt} chunks arrived corrupt`)] : []),
	];
}

function percent(ratio: number): string {
	return `${(ratio * 100).toFixed(1)} %`;
}
