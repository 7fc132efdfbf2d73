import type {ExecutionContext} from 'ava';
import type {StreambedRecord} from '#core/records/schema.ts';

/** Whether a foreign program was seen from outside for four seconds: what it uses, and that what stands behind it speaks first. */
export function requireForeignSamples(t: ExecutionContext, records: readonly StreambedRecord[]): void {
	const samples = records.flatMap(record => (record.kind === 'foreign.sample' ? [record] : []));
	t.true(samples.length >= 2, `${samples.length} samples in 4 s`);
	for (const {memoryBytes, answered, connectMs = 0, firstByteMs = 0} of samples) {
		t.true(memoryBytes > 0 && answered === true);
		t.true(
			connectMs > 0 && firstByteMs > connectMs,
			`connected after ${connectMs} ms, first byte after ${firstByteMs} ms`,
		);
	}
	t.true(samples.some(({cpuRatio}) => cpuRatio > 0));
}
