import {batchLine, type Command} from './command.ts';
import type {TopologyPlan} from './topology-plan.ts';

/** The exact commands of a plan, one a line, in the order in which they are run. Comment lines begin with `#`. */
export function describePlan(plan: TopologyPlan): string[] {
	return [
		'# in the outer namespace',
		...plan.outerIp.map(command => line('ip', command)),
		...plan.namespaces.flatMap(({site, settings, tc, ip, nft}) => [
			`# in the namespace of ${site}`,
			...settings.map(
				({path, value}) => `sysctl -w ${path.replaceAll('/', '.')}=${value.includes(' ') ? `'${value}'` : value}`,
			),
			...tc.map(command => line('tc', command)),
			...ip.map(command => line('ip', command)),
			...nft.map(command => line('nft', command)),
		]),
	];
}

const line = (tool: string, command: Command): string => `${tool} ${batchLine(command)}`;
