import {formatBytes, formatRate, formatSeconds} from '#core/quantities.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {describePlan} from '#netem/describe-plan.ts';
import {planTopology, type TopologyPlan} from '#netem/topology-plan.ts';
import {timelineLines} from './timeline-lines.ts';

/** Prints what the namespaces testbed would build for one variant: sites, links, every command, then what the timeline does. Touches nothing. */
export function plan({
	variant,
	scenario,
	write,
}: {
	readonly variant: string;
	readonly scenario: Scenario;
	readonly write: (text: string) => void;
}): void {
	const topologyPlan = planTopology(scenario);
	const lines = [
		`# ${scenario.title}, variant ${variant}`,
		'',
		'# sites',
		...siteLines(topologyPlan, scenario),
		'',
		'# links, each direction',
		...linkLines(topologyPlan),
		'',
		...describePlan(topologyPlan),
		...timelineLines(topologyPlan, scenario),
	];
	write(`${lines.join('\n')}\n`);
}

function siteLines({namespaces}: TopologyPlan, {topology}: Scenario): string[] {
	return table(
		namespaces.map(({site, address}) => {
			const description = topology.sites[site];
			const workers = description?.role === 'compute' ? `${description.workers} workers, ${description.tier}` : '';
			return [site, description?.role ?? '', address, workers];
		}),
	);
}

function linkLines({links}: TopologyPlan): string[] {
	return table(
		links.map(({name, device, ends: [first, second], shape}) => [
			name,
			device,
			`${first.site} ${first.address}`,
			`${second.site} ${second.address}`,
			formatRate(shape.rateBitsPerSecond),
			`delay ${formatSeconds(shape.delaySeconds)}`,
			`burst ${formatBytes(shape.burstBytes)}`,
			`queue ${formatBytes(shape.queueBytes)}`,
		]),
	);
}

/** Rows with their columns below each other, as comment lines. */
function table(rows: ReadonlyArray<readonly string[]>): string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
	return rows.map(row => `#   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
