import type {Readiness} from '#core/scenario/foreign-site-schema.ts';
import {listenPort} from '#core/scenario/listen-port.ts';
import {nextStops} from '#core/scenario/next-stops.ts';
import {fillPlaceholders} from '#core/scenario/placeholders.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Seconds} from '#core/units.ts';

/** A program that is not ours, as it is to be started: it knows where it stands and where it is to send on. */
export type ForeignProgram = {
	readonly site: string;
	readonly image?: string;
	/** Absent where an image brings its own. */
	readonly command?: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly address: string;
	readonly port: number;
	readonly ready: Readiness;
	readonly readyLimitSeconds: Seconds;
	/** A site beside it, from where it is looked at while the scenario drives; absent where that is not wanted. */
	readonly probedFrom?: string;
};

/** The foreign programs of a checked scenario, with the addresses of a deployment filled in. Pure. */
export function foreignPrograms(
	{topology}: Pick<Scenario, 'topology'>,
	addressOf: (site: string) => string,
): readonly ForeignProgram[] {
	const {sites, links} = topology;
	return Object.entries(sites).flatMap(([site, description]) => {
		if (description.role !== 'foreign') {
			return [];
		}
		const {image, command, environment, port, ready, readyLimitSeconds, probe} = description;
		const [next] = nextStops(site, topology);
		const nextSite = next === undefined ? undefined : sites[next];
		const values = {
			'here.host': addressOf(site),
			'here.port': `${port}`,
			...(next !== undefined && nextSite && {'next.host': addressOf(next), 'next.port': `${listenPort(nextSite)}`}),
		};
		const fill = (text: string) => fillPlaceholders(text, values);
		// Whatever stands there, a router too: every site of a testbed can look at its neighbour.
		const beside = links
			.filter(({between}) => between.includes(site))
			.map(({between: [a, b]}) => (a === site ? b : a))
			.toSorted((a, b) => Number(reachesConsumer(a)) - Number(reachesConsumer(b)))[0];
		function reachesConsumer(neighbour: string): boolean {
			return neighbour === next || sites[neighbour]?.role === 'consumer';
		}
		return {
			site,
			...(image === undefined ? {} : {image}),
			...(command && {command: command.map(fill)}),
			environment: Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(text)])),
			address: addressOf(site),
			port,
			ready: ready.kind === 'command' ? {...ready, command: ready.command.map(fill)} : ready,
			readyLimitSeconds,
			...(probe && beside !== undefined && {probedFrom: beside}),
		};
	});
}
