import {formatRate} from '#core/quantities.ts';
import type {VerdictReason} from '#core/records/run-document.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TimelineEvent} from '#core/scenario/timeline-schema.ts';
import type {VariantEnd} from '#testbeds/testbed.ts';
import type {Evidence} from './evidence.ts';
import {invalid, judgeAgainst} from './verdict-reasons.ts';

type LinkEvent = Extract<TimelineEvent, {kind: 'link-rate'}>;

/** Whether every change of a link that was due happened, and in time: one reason for each link where one did not. */
export function judgeTimeline({
	scenario: {timeline, timing, timeScale, fidelity},
	evidence,
	outcome,
}: {
	readonly scenario: Scenario;
	readonly evidence: Evidence;
	readonly outcome: VariantEnd['outcome'];
}): readonly VerdictReason[] {
	const limitMs = fidelity.changeLatenessMs;
	// What was due at the very end of a variant that ended before its time may not have had the time that it is given.
	const endSeconds =
		outcome === 'completed'
			? timing.driveSeconds
			: Math.min(timing.driveSeconds, evidence.endedSeconds - limitMs / 1000 / timeScale);
	const due = timeline.filter(event => event.kind === 'link-rate').filter(({atSeconds}) => atSeconds < endSeconds);
	const missing = [...Map.groupBy(due, ({link}) => link)].flatMap(([link, events]) =>
		judgeChanges(link, events, evidence),
	);
	const late = evidence.latestChange;
	return [
		...missing,
		...(late
			? judgeAgainst(
					limitMs,
					late.latenessMs,
					(measuredMs, limit) =>
						`link ${late.link} was changed late: ${measuredMs.toFixed(1)} ms after ${late.requestedSeconds} s, limit ${limit} ms`,
				)
			: []),
	];
}

function judgeChanges(link: string, events: readonly LinkEvent[], evidence: Evidence): readonly VerdictReason[] {
	const missed = [...Map.groupBy(events, ({atSeconds}) => atSeconds)].flatMap(([atSeconds, same]) =>
		same.slice(evidence.changeCount({link, atSeconds})),
	);
	const [first] = missed;
	return first
		? [
				invalid(
					`${missed.length} of ${events.length} changes of link ${link} that were due were never applied; the first is that to ${formatRate(first.rateBitsPerSecond)} at ${first.atSeconds} s`,
				),
			]
		: [];
}
