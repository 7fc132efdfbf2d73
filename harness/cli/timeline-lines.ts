import {formatSeconds} from '#core/quantities.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {TimelineEvent} from '#core/scenario/timeline-schema.ts';
import type {Seconds} from '#core/units.ts';
import {batchLine} from '#netem/command.ts';
import {reshapeCommands} from '#netem/link-commands.ts';
import {linkShape} from '#netem/link-shape.ts';
import {mustGet} from '#netem/must-get.ts';
import type {PlannedLink, TopologyPlan} from '#netem/topology-plan.ts';

/** What happens while a plan is driven, in the order of time: the instant of each event, then its `tc` commands at both ends of a link. */
export function timelineLines({links}: TopologyPlan, {timeline, timeScale}: Scenario): string[] {
	const byName = new Map(links.map(link => [link.name, link]));
	return timeline
		.toSorted((a, b) => a.atSeconds - b.atSeconds)
		.flatMap(event => [`# at ${instantOf(event.atSeconds, timeScale)}`, ...eventLines(event, byName)]);
}

function instantOf(atSeconds: Seconds, timeScale: number): string {
	const scenarioTime = formatSeconds(atSeconds);
	return timeScale === 1
		? scenarioTime
		: `${scenarioTime} of scenario time, ${formatSeconds(atSeconds * timeScale)} real`;
}

function eventLines(event: TimelineEvent, links: ReadonlyMap<string, PlannedLink>): string[] {
	switch (event.kind) {
		case 'link-rate': {
			const {device, ends, shape} = mustGet(links, event.link);
			const commands = reshapeCommands(device, linkShape({...shape, rateBitsPerSecond: event.rateBitsPerSecond}));
			return ends.flatMap(({site}) => [
				`# in the namespace of ${site}`,
				...commands.map(command => `tc ${batchLine(command)}`),
			]);
		}
		case 'workers':
			return [`#   ${event.site} has ${event.workers} workers`];
		case 'site-lost':
			return [`#   the program of ${event.site} is killed`];
		case 'gateway-fault':
			return [`#   ${event.site}: ${event.fault}`];
		case 'stall':
			return [`#   the program of ${event.site} stands still for ${formatSeconds(event.forSeconds)}`];
		default:
			return event satisfies never;
	}
}
