import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {StreambedError} from '#core/errors.ts';
import {type RunDocument, runDocumentSchema} from '#core/records/run-document.ts';
import {readMeasuredDraws} from './read-measured-draws.ts';
import {readRecordLines} from './record-lines.ts';
import type {ResolvedScenario, RunData} from './run-data.ts';
import {VariantCollector} from './variant-collector.ts';

/**
 * Reads a run folder, also one whose run was killed: a `run.json` that still says `running`, a last record cut short.
 *
 * @throws StreambedError RUN_FOLDER_INVALID when the folder is no run, or a file in it is damaged.
 */
export async function readRun(folder: string): Promise<RunData> {
	const document: RunDocument = await readJson(folder, 'run.json', runDocumentSchema);
	const scenario = (await readJson(folder, 'scenario.json', resolvedScenarioSchema)) as unknown as ResolvedScenario;
	const collectors = new Map<string, VariantCollector>();
	const lines = await readRecordLines(folder, record => {
		const key = `${record.variant}/${record.repeat}`;
		const collector = collectors.get(key) ?? new VariantCollector(record);
		collectors.set(key, collector);
		collector.add(record);
	});
	const order = (variant: string) => document.variants.indexOf(variant);
	const runs = [...collectors.values()]
		.sort((a, b) => order(a.variant) - order(b.variant) || a.repeat - b.repeat)
		.map(collector => {
			const variantScenario = scenario.variants[collector.variant];
			if (!variantScenario) {
				throw invalid(folder, `its records name the variant ${collector.variant}, which scenario.json does not have`);
			}
			const outcome = document.outcomes.find(
				({variant, repeat}) => variant === collector.variant && repeat === collector.repeat,
			);
			return collector.finish({scenario: variantScenario, outcome});
		});
	const measuredOnly = await readMeasuredDraws(folder);
	return {folder, document, scenario, runs, ...(measuredOnly.length > 0 ? {measuredOnly} : {}), ...lines};
}

/** What reports need of a resolved scenario; it was checked in full before it was run. */
const resolvedScenarioSchema = z.looseObject({
	name: z.string(),
	title: z.string(),
	variants: z.record(
		z.string(),
		z.looseObject({
			timeScale: z.number(),
			timing: z.looseObject({driveSeconds: z.number()}),
			workload: z.looseObject({
				chunk: z.looseObject({bytes: z.number(), everySeconds: z.number()}),
				requests: z.array(z.looseObject({deadlineSeconds: z.number()})),
			}),
			topology: z.looseObject({sites: z.record(z.string(), z.looseObject({role: z.string()}))}),
			expect: z.array(z.looseObject({measure: z.string()})),
		}),
	),
});

async function readJson<Schema extends z.ZodType>(
	folder: string,
	name: string,
	schema: Schema,
): Promise<z.output<Schema>> {
	const path = join(folder, name);
	if (!existsSync(path)) {
		throw invalid(folder, `it has no ${name}`);
	}
	let value: unknown;
	try {
		value = JSON.parse(await readFile(path, 'utf8'));
	} catch (cause) {
		throw invalid(folder, `its ${name} is not JSON`, cause);
	}
	const parsed = schema.safeParse(value);
	if (!parsed.success) {
		throw invalid(folder, `its ${name} does not pass its schema: ${z.prettifyError(parsed.error)}`, parsed.error);
	}
	return parsed.data;
}

function invalid(folder: string, why: string, cause?: unknown): StreambedError {
	return new StreambedError('RUN_FOLDER_INVALID', `${folder} is not a run folder that can be read: ${why}`, {
		hint: 'give the folder that `streambed run` printed: runs/<scenario>/<run id>',
		cause,
	});
}
