import {stringify} from 'yaml';
import {loadScenario} from '#core/scenario/load.ts';
import {scenarioPath} from './scenario-files.ts';

/** Prints a scenario as the program holds it: every default filled in, quantities in base units, by variant. */
export function show({
	nameOrPath,
	json,
	set,
	write,
}: {
	readonly nameOrPath: string;
	readonly json: boolean;
	readonly set: readonly string[];
	readonly write: (text: string) => void;
}): void {
	const {name, path, title, variants} = loadScenario(scenarioPath(nameOrPath), {set});
	const resolved = {
		name,
		path,
		title,
		variants: Object.fromEntries(variants.map(({variant, scenario}) => [variant, scenario])),
	};
	write(json ? `${JSON.stringify(resolved, undefined, '\t')}\n` : stringify(resolved, {aliasDuplicateObjects: false}));
}
