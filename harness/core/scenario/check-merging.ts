import type {Complaint} from './complaint.ts';
import type {Scenario} from './schema.ts';

/** Where no two requests ask for the same, there is nothing that they could share. */
export function* checkMerging({stack, workload}: Scenario): Generator<Complaint> {
	if (stack.merge && workload.sources === undefined) {
		yield {
			path: ['stack', 'merge'],
			message: 'merge needs workload.sources: without it every request asks for data of its own',
		};
	}
}
