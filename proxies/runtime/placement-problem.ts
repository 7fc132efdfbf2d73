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

export const placementProblemSchema = z.strictObject({...infrastructureShape, ...requestShape}).superRefine(
	(problem, context) => {
		for (const {path, message} of [...resourceComplaints(problem), ...sizeComplaints(problem)]) {
			context.addIssue({code: 'custom', path, message});
		}
	},
	// Also when a field is already wrong by itself, so that all of it is told at once: complaints look before they step.
	{when: ({value}) => typeof value === 'object' && value !== null},
);

export type PlacementProblem = z.output<typeof placementProblemSchema>;

/** What stays the same from request to request. */
export type PlacementInfrastructure = Pick<PlacementProblem, keyof typeof infrastructureShape>;

/** What is asked of it. */
export type PlacementRequest = Pick<PlacementProblem, keyof typeof requestShape>;

type Complaint = {readonly path: Array<string | number>; readonly message: string};

/** A problem of which nothing is known yet. */
type Unchecked = {readonly [key in keyof PlacementProblem]?: unknown};

function* resourceComplaints(problem: Unchecked): Generator<Complaint> {
	const resources = items(problem.resources) ?? [];
	const namedAt = new Map<unknown, number>();
	for (const [index, resource] of resources.entries()) {
		const {name, tier} = (resource ?? {}) as {readonly name?: unknown; readonly tier?: unknown};
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

function* sizeComplaints(problem: Unchecked): Generator<Complaint> {
	const count = items(problem.resources)?.length;
	for (const key of ['bitsPerSecond', 'usdPerByte', 'distanceKm'] as const) {
		const rows = items(problem[key]);
		if (rows && count !== undefined && rows.length !== count) {
			yield {path: [key], message: `has ${rows.length} rows for ${count} resources`};
		}
		for (const [from, row] of (rows ?? []).entries()) {
			const columns = items(row);
			if (columns && count !== undefined && columns.length !== count) {
				yield {path: [key, from], message: `has ${columns.length} columns for ${count} resources`};
			}
		}
	}
	const stages = items(problem.stages);
	const sizes = items(problem.chunkBytes);
	if (stages && sizes && sizes.length !== stages.length + 1) {
		yield {
			path: ['chunkBytes'],
			message: `has ${sizes.length} sizes for ${stages.length} stages; it takes one for the producer and one a stage`,
		};
	}
}

function items(value: unknown): readonly unknown[] | undefined {
	return Array.isArray(value) ? value : undefined;
}
