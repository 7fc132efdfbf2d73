import {z} from 'zod';

/**
 * A placement problem as `streambed place` reads it: which resources there are, what lies between them, and one request.
 * The first resource is the producer, the last the consumer; matrices are [from][to] and may be asymmetric; their diagonal
 * stands for "no transfer" and is not read; a rate of 0 off the diagonal means that no link leads there.
 */

const amount = z.number().min(0);

const end = {name: z.string().min(1), computeUsdPerSecond: amount.default(0)};

const resource = z.discriminatedUnion('tier', [
	z.strictObject({tier: z.literal('producer'), ...end}),
	z.strictObject({tier: z.literal('consumer'), ...end}),
	z.strictObject({
		tier: z.enum(['edge', 'in-transit', 'core']),
		name: z.string().min(1),
		tasksPerSecond: z.number().positive(),
		computeUsdPerSecond: amount,
	}),
]);

const matrix = z.array(z.array(amount));

const infrastructureShape = {
	resources: z.array(resource).min(2),
	bitsPerSecond: matrix,
	usdPerByte: matrix,
	distanceKm: matrix,
};

const requestShape = {
	stages: z.array(z.strictObject({taskCount: amount})).max(100),
	/** What leaves the producer, then what leaves each stage: one more than there are stages. */
	chunkBytes: z.array(amount),
	deadlineSeconds: z.number().positive(),
	/** For one chunk, like the deadline. */
	budgetUsd: amount,
};

export const placementProblemSchema = z
	.strictObject({...infrastructureShape, ...requestShape})
	.check(({value, issues}) => {
		for (const {path, message} of [...resourceComplaints(value), ...sizeComplaints(value)]) {
			issues.push({code: 'custom', input: value, path, message});
		}
	});

export type PlacementProblem = z.output<typeof placementProblemSchema>;

/** What stays the same from request to request. */
export type PlacementInfrastructure = Pick<PlacementProblem, keyof typeof infrastructureShape>;

/** What is asked of it. */
export type PlacementRequest = Pick<PlacementProblem, keyof typeof requestShape>;

type Complaint = {readonly path: Array<string | number>; readonly message: string};

function* resourceComplaints({resources}: PlacementInfrastructure): Generator<Complaint> {
	const namedAt = new Map<string, number>();
	for (const [index, {name, tier}] of resources.entries()) {
		const wanted = index === 0 ? 'producer' : index === resources.length - 1 ? 'consumer' : undefined;
		if (wanted !== undefined && tier !== wanted) {
			yield {path: ['resources', index, 'tier'], message: `is ${tier}, but this resource is the ${wanted}`};
		}
		if (wanted === undefined && (tier === 'producer' || tier === 'consumer')) {
			yield {path: ['resources', index, 'tier'], message: `is ${tier}, which only the first or last resource can be`};
		}
		const before = namedAt.get(name);
		if (before !== undefined) {
			yield {path: ['resources', index, 'name'], message: `"${name}" is also the name of resource ${before}`};
		}
		namedAt.set(name, index);
	}
}

function* sizeComplaints(problem: PlacementProblem): Generator<Complaint> {
	const {resources, stages, chunkBytes} = problem;
	for (const key of ['bitsPerSecond', 'usdPerByte', 'distanceKm'] as const) {
		const rows = problem[key];
		if (rows.length !== resources.length) {
			yield {path: [key], message: `has ${rows.length} rows for ${resources.length} resources`};
		}
		for (const [from, row] of rows.entries()) {
			if (row.length !== resources.length) {
				yield {path: [key, from], message: `has ${row.length} columns for ${resources.length} resources`};
			}
		}
	}
	if (chunkBytes.length !== stages.length + 1) {
		yield {
			path: ['chunkBytes'],
			message: `has ${chunkBytes.length} sizes for ${stages.length} stages; it takes one for the producer and one a stage`,
		};
	}
}
