import {z} from 'zod';
import {runDocumentSchema} from '#core/records/run-document.ts';
import {recordSchema} from '#core/records/schema.ts';
import {scenarioSchema} from '#core/scenario/schema.ts';
import {placementProblemSchema} from '#proxies/runtime/placement-problem.ts';
import {summarySchema} from '#reports/summary-schema.ts';

/** The JSON Schemas that are published, by name. */
const published = {
	scenario: scenarioSchema,
	record: recordSchema,
	run: runDocumentSchema,
	summary: summarySchema,
	problem: placementProblemSchema,
} as const;

export type SchemaName = keyof typeof published;

/** Prints one JSON Schema, of what an author writes (not of what the program makes of it). */
export function schema({name, write}: {readonly name: SchemaName; readonly write: (text: string) => void}): void {
	write(`${JSON.stringify(z.toJSONSchema(published[name], {io: 'input'}), undefined, '\t')}\n`);
}
