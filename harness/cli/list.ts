import Table from 'cli-table3';
import {loadScenario} from '#core/scenario/load.ts';
import {shippedScenarios} from './scenario-files.ts';

/** Prints the scenarios that ship, each with its source. */
export function list({json, write}: {readonly json: boolean; readonly write: (text: string) => void}): void {
	const scenarios = shippedScenarios().map(({name, path}) => {
		const {title, variants} = loadScenario(path);
		const source = variants[0]?.scenario.source;
		return {
			name,
			title,
			source: source ? `${source.paper}${source.figure === undefined ? '' : `, figure ${source.figure}`}` : '–',
			variants: variants.map(({variant}) => variant),
			path,
		};
	});
	if (json) {
		write(`${JSON.stringify(scenarios, undefined, '\t')}\n`);
		return;
	}
	const table = new Table({head: ['scenario', 'title', 'source', 'variants'], style: {head: [], border: []}});
	for (const {name, title, source, variants} of scenarios) {
		table.push([name, title, source, variants.join(', ')]);
	}
	write(`${table.toString()}\nRun one with: streambed run NAME\n`);
}
