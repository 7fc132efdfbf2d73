import {readFile, writeFile} from 'node:fs/promises';
import {parseDocument} from 'yaml';
import {realClock} from '#core/clock.ts';
import {packageRoot} from '#core/package-root.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {machine} from './stage-measurement/machine.ts';
import {type MeasuredStage, measureStages} from './stage-measurement/measure-stages.ts';

/**
 * Measures what the stages of the detection scenario give out and how long they take on this machine, and writes both into
 * the scenario and, with the machine and every resolution, into `measured.json` beside it: `npm run measure-stages`.
 */

const folder = `${packageRoot}/scenarios/detection`;
const path = `${folder}/stages.yaml`;

const [first] = loadScenario(path).variants;
if (!first) {
	throw new Error(`${path} has no variant`);
}
const {workload, seed} = first.scenario;
const stages = await measureStages({workload, seed, clock: realClock});
const measured = {machine: machine(realClock), chunkBytes: workload.chunk.bytes, seed, stages};
await writeFile(`${folder}/measured.json`, `${JSON.stringify(measured, undefined, '\t')}\n`);
const document = parseDocument(await readFile(path, 'utf8'));
for (const [index, stage] of stages.entries()) {
	write(index, stage);
}
await writeFile(path, document.toString({lineWidth: 0, flowCollectionPadding: true}));
console.log(JSON.stringify(measured, undefined, '\t'));

/** At full resolution; the window's few bytes hardly depend on it. */
function write(index: number, {name, serviceMsP95, output}: MeasuredStage): void {
	const key = ['workload', 'stages', index];
	document.setIn([...key, 'service'], `${serviceMsP95}ms`);
	if (name === 'windows') {
		document.setIn([...key, 'outputFixed'], `${output.bytes}B`);
	} else {
		document.setIn([...key, 'output'], `${Number((output.ratio * 100).toPrecision(4))}%`);
	}
}
