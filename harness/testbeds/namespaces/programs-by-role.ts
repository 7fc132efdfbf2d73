import {join} from 'node:path';
import {packageRoot} from '#core/package-root.ts';
import type {Site} from '#core/scenario/schema.ts';

/** The bundle that runs at a site of each role; sites of other roles run none of these. */
export type ProgramsByRole = Readonly<Record<Exclude<Site['role'], 'router' | 'gateway' | 'foreign'>, string>>;

export const programsByRole: ProgramsByRole = {
	producer: join(packageRoot, 'dist/harness/workload/producer.js'),
	consumer: join(packageRoot, 'dist/harness/workload/consumer.js'),
	compute: join(packageRoot, 'dist/proxies/nodes/site-node.js'),
};
