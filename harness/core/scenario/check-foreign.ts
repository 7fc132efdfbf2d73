import type {Complaint} from './complaint.ts';
import type {ForeignSite} from './foreign-site-schema.ts';
import {nextStops} from './next-stops.ts';
import {placeholderNames, placeholdersIn} from './placeholders.ts';
import type {Scenario} from './schema.ts';

/** A foreign site sends on to one site, knows where that is only where there is one, and stands between programs that speak TCP. */
export function* checkForeign({stack, topology}: Scenario): Generator<Complaint> {
	for (const [site, description] of Object.entries(topology.sites)) {
		if (description.role !== 'foreign') {
			continue;
		}
		const path = ['topology', 'sites', site];
		if (stack.transport !== 'zeromq' || stack.tunnel) {
			const what = stack.tunnel ? 'stack.tunnel' : `transport ${stack.transport}`;
			yield {path, message: `${site} passes on connections from site to site, and ${what} makes others; leave it out`};
		}
		const next = nextStops(site, topology);
		if (next.length > 1) {
			yield {path, message: `${site} would have to send on to each of ${next.join(', ')}, and a program is told one`};
		}
		if (next.length === 0 && topology.links.filter(({between}) => between.includes(site)).length > 1) {
			yield {path, message: `a way of streams leads round ${site}: give it one link, or let all ways lead across it`};
		}
		yield* checkPlaceholders(site, description, {hasNext: next.length === 1});
	}
}

function* checkPlaceholders(
	site: string,
	{command = [], environment, ready}: ForeignSite,
	{hasNext}: {readonly hasNext: boolean},
): Generator<Complaint> {
	const path = ['topology', 'sites', site];
	const texts = [
		...command.map((text, index) => ({path: [...path, 'command', index], text})),
		...Object.entries(environment).map(([name, text]) => ({path: [...path, 'environment', name], text})),
		...(ready.kind === 'command' ? ready.command : []).map((text, index) => ({
			path: [...path, 'ready', 'command', index],
			text,
		})),
	];
	for (const {path: where, text} of texts) {
		for (const name of placeholdersIn(text)) {
			if (!placeholderNames.some(known => known === name)) {
				yield {path: where, message: `\${${name}} is none of ${placeholderNames.join(', ')}`};
			} else if (name.startsWith('next.') && !hasNext) {
				yield {path: where, message: `\${${name}}: no stream crosses ${site}, so there is nowhere to send on`};
			}
		}
	}
}
