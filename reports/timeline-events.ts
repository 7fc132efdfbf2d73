import type {RecordOf} from '#core/records/schema.ts';
import type {Seconds} from '#core/units.ts';
import {rateText} from './format.ts';
import type {VariantRun} from './run-data.ts';
import {type Measured, shownRuns, shownVariants} from './shown-runs.ts';

/** Something that the timeline did to a variant: a link that was changed, or a fault. */
export type TimelineEvent = {
	readonly kind: 'change' | 'fault';
	/** What measures name it by: `<link>@<second>s` or `<fault>@<second>s`. */
	readonly name: string;
	/** The fault, or the link that was changed. */
	readonly cause: string;
	readonly atSeconds: Seconds;
	/** The link or the site. */
	readonly target: string;
	/** What it was, as the end of a sentence that begins with `after`. */
	readonly words: string;
	/** What became of the target, for beside its name. */
	readonly label: string;
};

/** What happened in a draw, in order. */
export function eventsOf({changes, incidents, scenario}: VariantRun): readonly TimelineEvent[] {
	const ofLinks = changes.map(({link, requestedSeconds, rateBitsPerSecond}) => {
		const rate = rateText(rateBitsPerSecond);
		return {
			kind: 'change' as const,
			name: eventName(link, requestedSeconds),
			cause: link,
			atSeconds: requestedSeconds,
			target: link,
			words: `${link} went to ${rate}`,
			label: `→ ${rate}`,
		};
	});
	const faults = incidents.flatMap(incident => {
		if (incident.kind !== 'fault.injected') {
			return [];
		}
		const atSeconds = plannedSeconds(scenario.timeline, incident);
		return {
			kind: 'fault' as const,
			name: eventName(incident.fault, atSeconds),
			cause: incident.fault,
			atSeconds,
			target: incident.target,
			...faultWords(incident),
		};
	});
	return [...ofLinks, ...faults].sort((a, b) => a.atSeconds - b.atSeconds);
}

/** The name of an event in measures. */
export const eventName = (cause: string, atSeconds: Seconds): string => `${cause}@${Number(atSeconds.toPrecision(6))}s`;

/** What happened in a variant, each event once: its repeats share a timeline. */
export function eventsOfVariant(measured: Measured, variant: string): readonly TimelineEvent[] {
	const events = shownRuns(measured, variant).flatMap(eventsOf);
	const distinct = new Map(events.map(event => [`${event.words} ${event.atSeconds}`, event]));
	return [...distinct.values()].sort((a, b) => a.atSeconds - b.atSeconds);
}

/** The first event, where it is the same in every variant shown; `undefined` where variants differ in what happens to them. */
export function sharedEvent(measured: Measured): TimelineEvent | undefined {
	const firsts = shownVariants(measured).map(variant => eventsOfVariant(measured, variant)[0]);
	const [first] = firsts;
	return first && firsts.every(one => one?.words === first.words && one.atSeconds === first.atSeconds)
		? first
		: undefined;
}

/** When the timeline wanted it: a fault is stamped when it happens, a little later and in each draw a little differently. */
function plannedSeconds(
	timeline: VariantRun['scenario']['timeline'],
	{t, target}: RecordOf<'fault.injected'>,
): Seconds {
	const planned = timeline.flatMap(event =>
		event.kind !== 'link-rate' && event.site === target && event.atSeconds <= t ? event.atSeconds : [],
	);
	return planned.length > 0 ? Math.max(...planned) : t;
}

function faultWords({
	fault,
	target,
	workers,
}: {
	readonly fault: string;
	readonly target: string;
	readonly workers?: number | undefined;
}): Pick<TimelineEvent, 'words' | 'label'> {
	if (workers !== undefined) {
		return {words: `${target} was left with ${workers} workers`, label: `${workers} workers`};
	}
	switch (fault) {
		case 'stalled':
			return {words: `${target} stood still`, label: 'stalled'};
		case 'data-servers-killed':
			return {words: `the data servers of ${target} were killed`, label: 'data servers killed'};
		case 'control-restarted':
			return {words: `the control server of ${target} was started anew`, label: 'control restarted'};
		default:
			return {words: `${target} was hit by the fault ${fault}`, label: fault};
	}
}
