import ts from 'typescript';
import {syntaxRule} from './finding.ts';

/** The flavours of `harness/core/units.ts`, and the unit that a name of each ends in. */
const unitOfFlavour: Readonly<Record<string, string>> = {
	Seconds: 'seconds',
	Ms: 'ms',
	Bytes: 'bytes',
	BitsPerSecond: 'bitsPerSecond',
	Ratio: 'ratio',
	Km: 'km',
	Usd: 'usd',
	MonotonicNs: 'ns',
};

/** The list of units, and two that pages and objectives need: pixels, and byte-kilometres. */
const units = ['bytes', 'bitsPerSecond', 'seconds', 'ms', 'ns', 'ratio', 'count', 'index', 'usd', 'km', 'byteKm', 'px'];

/** What may follow the unit: which percentile, which end, which way, for each of what. */
const qualifier = '(?:P\\d+|Min|Max|Mean|Total|Forward|Backward|(?:Per[A-Z][a-z]+)+)?';

/** Numbers that have no unit of the list, by name, each with what it counts or is. */
const unitless: Readonly<Record<string, string>> = {
	t: 'scenario seconds of a record or an event, the one short name of the record format',
	seed: 'a number that only names a random stream',
	repeat: 'which draw of a variant, from 0',
	repeats: 'how many draws of each variant',
	sequence: 'the number of a chunk in its stream, from 0',
	timeScale: 'real seconds per scenario second',
	workers: 'the field’s own word for a number of them',
	workersBusy: 'workers',
	workersReserved: 'workers',
	speed: 'a factor on a worker’s service rate',
	jpegQuality: 'the encoder’s own scale, 1–100',
	distinct: 'a number of frames, named in the scenario format',
	records: 'a number of them, named in the scenario format',
	missesBeforeStop: 'a number of deadlines, named in the scenario format',
	points: 'percentage points, named in the scenario format as in the paper’s Table I',
	streambed: 'the version of the scenario format',
	format: 'the version of a file format',
	equals: 'a bound on a measure, in the measure’s unit',
	atLeast: 'a bound on a measure, in the measure’s unit',
	atMost: 'a bound on a measure, in the measure’s unit',
	value: 'a figure whose unit stands beside it',
	target: 'a figure whose unit stands beside it',
	limit: 'in the unit of the metric that stands beside it',
	total: 'in the unit of the metric that it is a bound of',
	mean: 'a figure whose unit stands beside it',
	actual: 'the value of a measure, in the measure’s unit',
	shortfall: 'how far from enough, in the unit of what was short',
	low: 'the end of an interval, in the unit of its mean',
	high: 'the end of an interval, in the unit of its mean',
	intervalLow: 'the end of an interval, in the unit of its mean',
	intervalHigh: 'the end of an interval, in the unit of its mean',
	...Object.fromEntries(
		['produced', 'delivered', 'late', 'lost', 'corrupt', 'duplicate', 'reordered', 'underWay', 'contradictory'].map(
			fate => [fate, 'a number of chunks with this fate, named as its measure'],
		),
	),
	line: 'the number of a line in a file, from 1',
	column: 'the number of a column in a line, from 1',
	id: 'names a question and its answer',
	a: 'one of two values to compare, in the unit of their measure',
	b: 'one of two values to compare, in the unit of their measure',
	pid: 'a process',
	pids: 'processes',
	port: 'a TCP port',
	ports: 'TCP ports',
	controllerPort: 'a TCP port',
	controlPort: 'a TCP port',
	scale: 'what values are divided by for an axis',
	nodes: 'a number of brokers, named in the scenario format',
	connectionsOpen: 'a number of connections, as proxies count them',
	connectionsTotal: 'a number of connections, as proxies count them',
	datagramsLost: 'a number of datagrams',
	exitCode: 'what a process said to the shell',
	classes: 'the minimum resolutions that streams are grouped by, the word of the reports',
	contrast: 'a step of grey levels',
	score: 'how sure a detector is, a sum of weighted features',
	bias: 'the constant of such a sum',
	width: 'pixels of a frame',
	height: 'pixels of a frame',
};

/**
 * The unit is the last part of every numeric name. Held against it: properties of exported types and of zod schemas that
 * are numbers or lists of numbers, and everything typed by a flavour, which must end in that flavour's own unit.
 */
export const unitNames = syntaxRule((node, {path}) => {
	if (path.startsWith('test/')) {
		return undefined;
	}
	if (ts.isPropertyAssignment(node)) {
		return isZodNumber(node.initializer) ? complaint(node.name.getText(), units) : undefined;
	}
	if (!(ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) || !node.type) {
		return undefined;
	}
	const typeName = elementType(node.type);
	const unit = unitOfFlavour[typeName];
	if (unit !== undefined) {
		return complaint(node.name.getText(), [unit], typeName);
	}
	return typeName === 'number' && ts.isPropertySignature(node) && isExported(node)
		? complaint(node.name.getText(), units)
		: undefined;
});

function complaint(quotedName: string, allowed: readonly string[], flavour?: string): string | undefined {
	const name = quotedName.replaceAll(/['"#]/g, '');
	if (name in unitless) {
		return undefined;
	}
	const endings = allowed.map(unit => `${unit}|\\w*[A-Za-z0-9]${unit[0]?.toUpperCase()}${unit.slice(1)}`);
	if (new RegExp(`^(?:.*\\.)?(?:${endings.join('|')})${qualifier}$`).test(name)) {
		return undefined;
	}
	if (flavour === undefined && /[a-z]Per[A-Z][a-z]+$/.test(name)) {
		return undefined;
	}
	return `${name}: ${flavour ?? 'number'} does not end in its unit (${allowed.join(', ')})`;
}

/** `number` of `number[]`, `Seconds` of `readonly Seconds[]` and of `ReadonlyArray<Seconds>`; else the type as written. */
function elementType(type: ts.TypeNode): string {
	return type
		.getText()
		.replace(/ \| (?:undefined|null)$/, '')
		.replace(/^readonly /, '')
		.replace(/^(?:Readonly)?Array<(.*)>$/, '$1')
		.replace(/\[\]$/, '');
}

function isExported(node: ts.Node): boolean {
	for (let parent = node.parent; !ts.isSourceFile(parent); parent = parent.parent) {
		if (ts.isTypeAliasDeclaration(parent) || ts.isInterfaceDeclaration(parent)) {
			return parent.modifiers?.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
		}
	}
	return false;
}

/** `z.number()`, `z.int()` and these with `.min(0)`, `.optional()` and so on behind. */
function isZodNumber(expression: ts.Expression): boolean {
	return /^z\s*\.(?:number|int)\(/.test(expression.getText());
}
