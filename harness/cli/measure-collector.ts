import type {VariantOutcome} from '#core/records/run-document.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {measureDraw} from '#reports/measured-draw.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import type {RecordCollector} from '#testbeds/testbed.ts';

/**
 * Measures a draw in the thread that simulates it, so that its records need not be kept. It is imported dynamically only, because
 * a bundler would move it into a file of another name otherwise.
 */
export const recordCollector: RecordCollector = {
	url: import.meta.url,
	begin(scenario) {
		const run = {variant: '', repeat: 0};
		const collector = new VariantCollector(run);
		return {
			// Of which draw a record is says no measure, and a copy of each that does would take a tenth of the time.
			add: record => collector.add(record as StreambedRecord),
			finish: () => measureDraw(collector.finish({scenario, outcome: {...nothingSetUp, ...run}})),
		};
	},
};

/** As it stands in the outcome of a simulation; its verdict comes later, and changes no measure. */
const nothingSetUp: Omit<VariantOutcome, 'variant' | 'repeat'> = {
	verdict: 'valid',
	reasons: [],
	calibration: [],
	setupSeconds: {},
	congestionControl: [],
};
