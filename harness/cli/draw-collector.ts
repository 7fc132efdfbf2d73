import type {StreambedRecord} from '#core/records/schema.ts';
import type {VariantRun} from '#reports/run-data.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import type {RecordCollector} from '#testbeds/testbed.ts';

/**
 * Makes the histories and series of a draw in the thread that simulates it; they are a `VariantRun`. It is imported
 * dynamically only, because a bundler would move it into a file of another name otherwise.
 */
export const recordCollector: RecordCollector = {
	url: import.meta.url,
	begin(scenario) {
		const run = {variant: '', repeat: 0};
		const collector = new VariantCollector(run);
		return {
			add: record => collector.add({...record, ...run} as StreambedRecord),
			finish: (): VariantRun => ({...collector.finish({scenario, outcome: undefined}), isModelOnly: true}),
		};
	},
};
