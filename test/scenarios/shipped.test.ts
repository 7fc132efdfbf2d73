import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {type RecordBody, recordSchema} from '#core/records/schema.ts';
import {loadScenario} from '#core/scenario/load.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {refuseForeign} from '#testbeds/foreign/refuse-foreign.ts';
import {simulateVariant} from '#testbeds/simulated/simulate-variant.ts';

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const shipped = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(file => file.endsWith('.yaml'));

for (const file of shipped.sort()) {
	test(`${file} loads, can be planned, and runs to its end in simulated time or says why not, unchanged`, async t => {
		const before = readFileSync(`${folder}${file}`, 'utf8');
		const {variants} = loadScenario(`${folder}${file}`);
		t.true(variants.length > 0);
		for (const {variant, scenario} of variants) {
			const resolved = structuredClone(scenario);
			t.is(planTopology(scenario).links.length, scenario.topology.links.length);
			if (Object.values(scenario.topology.sites).some(({role}) => role === 'foreign')) {
				t.throws(() => refuseForeign(scenario, {testbed: 'simulated', runs: 'nothing'}), {
					message: /the testbed simulated runs none/,
				});
				continue;
			}
			const records: RecordBody[] = [];
			const signal = new AbortController().signal;
			const end = await simulateVariant({scenario, seed: scenario.seed, emit: one => records.push(one), signal});
			t.is(end.outcome, 'completed', end.failure?.message);
			t.deepEqual(scenario, resolved);
			for (const record of records) {
				const parsed = recordSchema.safeParse({...record, variant, repeat: 0});
				t.true(parsed.success, `${JSON.stringify(record)}: ${parsed.error?.message}`);
			}
			const count = (kind: RecordBody['kind']) => records.filter(record => record.kind === kind).length;
			t.true(count('chunk.delivered') > 0);
			t.is(count('chunk.produced'), count('chunk.delivered') + count('chunk.lost'));
		}
		t.is(readFileSync(`${folder}${file}`, 'utf8'), before);
	});
}
