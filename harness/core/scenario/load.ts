import {createHash} from 'node:crypto';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {basename, dirname, resolve} from 'node:path';
import {StreambedError} from '../errors.ts';
import {parseMeasurements} from '../measurements/parse-measurements.ts';
import {checkOutline, checkScenario} from './check.ts';
import {type Path, readDocument, type ScenarioDocument} from './document.ts';
import {outlineOf} from './outline.ts';
import {overlay, setAt} from './overlay.ts';
import {parseRequestsFile} from './requests-file.ts';
import {defaultDriveSeconds, type Scenario, scenarioSchema} from './schema.ts';

/** A scenario file, read, checked and resolved into its variants. */
export type LoadedScenario = {
	/** The file's name without its ending. */
	readonly name: string;
	readonly path: string;
	/**
	 * Of the file's text, of what was set from outside, and of what it takes from other files. Seed, repeats and time scale that were
	 * set from outside are not in it: a run tells them beside it.
	 */
	readonly sha256: string;
	readonly title: string;
	readonly variants: ReadonlyArray<{readonly variant: string; readonly scenario: Scenario}>;
};

export type LoadOptions = {
	/** `path=value` as on the command line; the value is read as YAML. */
	readonly set?: readonly string[];
	/** Only these variants. */
	readonly only?: readonly string[];
};

/** Reads a scenario; throws SCENARIO_INVALID with every mistake, each with its line and path. */
export function loadScenario(path: string, options: LoadOptions = {}): LoadedScenario {
	if (statSync(path, {throwIfNoEntry: false})?.isFile() !== true) {
		throw new StreambedError('SCENARIO_NOT_FOUND', `there is no scenario file ${path}`, {
			hint: '`streambed list` names those that ship',
		});
	}
	return parseScenario(readFileSync(path, 'utf8'), path, options);
}

/** As `loadScenario`, from text; `path` is where the text stands, for messages and for relative folders. */
export function parseScenario(text: string, path: string, {set = [], only = []}: LoadOptions = {}): LoadedScenario {
	const document = readDocument(text);
	if (document.problems.length > 0) {
		throw invalid(
			path,
			document.problems.map(({line, message}) => ({line, text: message})),
		);
	}
	if (!isMapping(document.value)) {
		const empty = document.value === null || document.value === undefined;
		throw invalid(path, [
			{
				line: 1,
				text: empty ? 'the file is empty' : 'the file holds no mapping; a scenario is made of `key: value` lines',
			},
		]);
	}
	const {value, setPaths} = applySettings(document.value, set);
	const mistakes = new MistakeList(document, setPaths);
	refuseNestedVariants(value, mistakes);
	const variants = variantsOf(value)
		.map(({variant, raw}) => ({
			variant: variant ?? 'default',
			scenario: resolveVariant({raw, variant, scenarioPath: path, mistakes}),
		}))
		.filter((entry): entry is {variant: string; scenario: Scenario} => entry.scenario !== undefined);
	checkAcrossVariants(variants, only, mistakes);
	if (mistakes.list.length > 0) {
		throw invalid(path, mistakes.list);
	}
	const files = variants.flatMap(({scenario: {workload, federation}}) => [
		...(workload.replay ?? []),
		...federation.measurements.flatMap(({measurement}) => measurement ?? []),
	]);
	return {
		name: basename(path).replace(/\.(ya?ml|json)$/, ''),
		path,
		sha256: createHash('sha256')
			.update(JSON.stringify([text, set.filter(setting => !toldApart.test(setting)), ...files]))
			.digest('hex'),
		title: variants[0]?.scenario.title ?? '',
		variants: only.length === 0 ? variants : variants.filter(({variant}) => only.includes(variant)),
	};
}

const toldApart = /^(seed|repeat|timeScale)=/;

function isMapping(value: unknown): boolean {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Mistake = {readonly line: number; readonly text: string};

/** Collects mistakes by line; the same one found through several variants is listed once. */
class MistakeList {
	readonly list: Mistake[] = [];
	readonly #document: ScenarioDocument;
	readonly #setPaths: ReadonlySet<string>;

	constructor(document: ScenarioDocument, setPaths: ReadonlySet<string>) {
		this.#document = document;
		this.#setPaths = setPaths;
	}

	add(path: Path, message: string, variant?: string): void {
		const inVariant: Path = variant === undefined ? path : ['variants', variant, ...path];
		const written = variant !== undefined && this.#document.has(inVariant) ? inVariant : path;
		const dotted = written.join('.');
		const origin = [...this.#setPaths].some(setPath => dotted.startsWith(setPath))
			? ' (set from outside the file)'
			: '';
		const mistake = {line: this.#document.lineOf(written), text: `${dotted || 'the scenario'}: ${message}${origin}`};
		if (!this.list.some(({line, text}) => line === mistake.line && text === mistake.text)) {
			this.list.push(mistake);
		}
	}
}

function invalid(path: string, mistakes: readonly Mistake[]): StreambedError {
	const lines = [...mistakes].sort((a, b) => a.line - b.line).map(({line, text}) => `  ${path}:${line}  ${text}`);
	return new StreambedError(
		'SCENARIO_INVALID',
		`${path} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${lines.join('\n')}`,
		{hint: '`streambed schema` prints the JSON Schema that an editor can check against'},
	);
}

function applySettings(raw: unknown, settings: readonly string[]): {value: unknown; setPaths: Set<string>} {
	let value = raw;
	const setPaths = new Set<string>();
	for (const setting of settings) {
		const [, dotted, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
		const written = readDocument(text ?? '');
		if (written.problems.length > 0) {
			const problems = written.problems.map(({message}) => message).join('; ');
			throw new StreambedError('USAGE', `the value of --set ${setting} is no YAML: ${problems}`, {
				hint: 'put a text with brackets or colons between quotes',
			});
		}
		const parsed = dotted === undefined ? undefined : setAt(value, dotted.split('.'), written.value);
		if (!parsed) {
			throw new StreambedError('USAGE', `--set ${setting} names nothing in the scenario`, {
				hint: 'write path=value, for example stack.policy=static or topology.links.transit-core.rate=100Mbit/s',
			});
		}
		value = parsed.value;
		setPaths.add(parsed.path.join('.'));
	}
	return {value, setPaths};
}

/** Every variant laid over the rest of the scenario; without variants there is one, named `default`. */
function variantsOf(value: unknown): Array<{variant: string | undefined; raw: unknown}> {
	const overlays = overlaysOf(value);
	if (overlays.length === 0) {
		return [{variant: undefined, raw: value}];
	}
	return overlays.map(({variant, over}) => ({
		variant,
		raw: typeof over === 'object' && over !== null && !('variants' in over) ? overlay(value, over) : value,
	}));
}

function refuseNestedVariants(value: unknown, mistakes: MistakeList): void {
	for (const {variant, over} of overlaysOf(value)) {
		if (typeof over === 'object' && over !== null && 'variants' in over) {
			mistakes.add(['variants', variant, 'variants'], 'a variant has no variants of its own');
		}
	}
}

function overlaysOf(value: unknown): Array<{variant: string; over: unknown}> {
	const overlays =
		typeof value === 'object' && value !== null && 'variants' in value ? (value.variants as unknown) : undefined;
	return typeof overlays === 'object' && overlays !== null
		? Object.entries(overlays).map(([variant, over]) => ({variant, over: over as unknown}))
		: [];
}

function resolveVariant({
	raw,
	variant,
	scenarioPath,
	mistakes,
}: {
	readonly raw: unknown;
	readonly variant: string | undefined;
	readonly scenarioPath: string;
	readonly mistakes: MistakeList;
}): Scenario | undefined {
	for (const {path, message} of checkOutline(outlineOf(raw, defaultDriveSeconds))) {
		mistakes.add(path, message, variant);
	}
	const parsed = scenarioSchema.safeParse(raw);
	if (!parsed.success) {
		for (const issue of parsed.error.issues) {
			const path = issue.path as Path;
			if (issue.code === 'unrecognized_keys') {
				for (const key of issue.keys) {
					mistakes.add([...path, key], 'no such key', variant);
				}
			} else {
				mistakes.add(path, issue.message, variant);
			}
		}
		return undefined;
	}
	const files = {scenarioPath, variant, mistakes};
	const scenario = withMeasurements(withReplay(withFolder(parsed.data, scenarioPath), files), files);
	for (const {path, message} of checkScenario(scenario)) {
		mistakes.add(path, message, variant);
	}
	if (scenario.workload.frames.folder !== undefined && !existsSync(scenario.workload.frames.folder)) {
		mistakes.add(['workload', 'frames', 'folder'], `there is no folder ${scenario.workload.frames.folder}`, variant);
	}
	return scenario;
}

/** A folder of images is named relative to the scenario file. */
function withFolder(scenario: Scenario, scenarioPath: string): Scenario {
	const {workload} = scenario;
	const {folder} = workload.frames;
	return folder === undefined
		? scenario
		: {
				...scenario,
				workload: {...workload, frames: {...workload.frames, folder: resolve(dirname(scenarioPath), folder)}},
			};
}

type BesideScenario = {
	readonly scenarioPath: string;
	readonly variant: string | undefined;
	readonly mistakes: MistakeList;
};

/** Requests that come from a file become part of the scenario, so that a resolved one stands for itself. */
function withReplay(scenario: Scenario, {scenarioPath, variant, mistakes}: BesideScenario): Scenario {
	const {requestsFile} = scenario.workload;
	if (requestsFile === undefined) {
		return scenario;
	}
	const file = resolve(dirname(scenarioPath), requestsFile);
	const at: Path = ['workload', 'requestsFile'];
	if (!existsSync(file)) {
		mistakes.add(at, `there is no file ${file}`, variant);
		return scenario;
	}
	const {requests, problems} = parseRequestsFile(readFileSync(file, 'utf8'));
	for (const {line, message} of problems) {
		mistakes.add(at, `${requestsFile}:${line}  ${message}`, variant);
	}
	return {...scenario, workload: {...scenario.workload, replay: requests}};
}

/** What other tools measured becomes part of the scenario, too. */
function withMeasurements(scenario: Scenario, {scenarioPath, variant, mistakes}: BesideScenario): Scenario {
	const measurements = scenario.federation.measurements.map((one, index) => {
		const file = resolve(dirname(scenarioPath), one.file);
		const parsed = existsSync(file)
			? parseMeasurements(readFileSync(file, 'utf8'), one.format)
			: ({kind: 'unreadable', problem: `there is no file ${file}`} as const);
		if (parsed.kind === 'unreadable') {
			mistakes.add(['federation', 'measurements', index, 'file'], parsed.problem, variant);
			return one;
		}
		return {...one, measurement: parsed.measurement};
	});
	return {...scenario, federation: {...scenario.federation, measurements}};
}

function checkAcrossVariants(
	variants: ReadonlyArray<{readonly variant: string; readonly scenario: Scenario}>,
	only: readonly string[],
	mistakes: MistakeList,
): void {
	const names = variants.map(({variant}) => variant);
	for (const [index, {variant}] of (variants[0]?.scenario.expect ?? []).entries()) {
		if (variant !== undefined && !names.includes(variant)) {
			mistakes.add(['expect', index, 'variant'], `no variant is named ${variant} (variants: ${names.join(', ')})`);
		}
	}
	const unknown = only.filter(name => !names.includes(name));
	if (unknown.length > 0 && mistakes.list.length === 0) {
		throw new StreambedError('USAGE', `no variant is named ${unknown.join(', ')}`, {
			hint: `variants: ${names.join(', ')}`,
		});
	}
}
