import {z} from 'zod';

/** `run.json`: who, what, where of a run, and whether its numbers can be trusted. */

export const verdicts = ['valid', 'suspect', 'invalid'] as const;
export type Verdict = (typeof verdicts)[number];

const linkCalibrationSchema = z.strictObject({
	link: z.string(),
	/** The sending site of this direction. */
	from: z.string(),
	askedBitsPerSecond: z.number(),
	/** Counted by the kernel at layer 2 while a real TCP transfer kept the link busy. */
	measuredBitsPerSecond: z.number(),
	/** What the application of that transfer received. */
	goodputBitsPerSecond: z.number(),
	askedDelayMs: z.number(),
	/** Half the median round trip of small messages on the idle link. */
	measuredDelayMs: z.number(),
});

export type LinkCalibration = z.output<typeof linkCalibrationSchema>;

const verdictReasonSchema = z.strictObject({
	verdict: z.enum(verdicts),
	/** What was measured and what it was held against, with numbers and units. */
	reason: z.string(),
	/** Given where work beside the run can be what is behind it. */
	cause: z.literal('busy').optional(),
});

export type VerdictReason = z.output<typeof verdictReasonSchema>;

const siteHostSchema = z.strictObject({
	site: z.string(),
	/** The machine that it stood on. */
	host: z.string(),
	/** How far the harness's clock is ahead of that machine's; 0 where they are one clock. */
	clockOffsetSeconds: z.number(),
	/** Instants of the site are off the harness's clock by at most this, while it stood. */
	clockUncertaintyMs: z.number(),
});

export type SiteHost = z.output<typeof siteHostSchema>;

const underlaySchema = z.strictObject({
	/** The machine that sent. */
	from: z.string(),
	to: z.string(),
	/** At layer 2, by one transfer over the overlay before any link was shaped. */
	bitsPerSecond: z.number(),
});

export type UnderlayMeasurement = z.output<typeof underlaySchema>;

const variantOutcomeSchema = z.strictObject({
	variant: z.string(),
	repeat: z.int(),
	verdict: z.enum(verdicts),
	reasons: z.array(verdictReasonSchema),
	calibration: z.array(linkCalibrationSchema),
	setupSeconds: z.record(z.string(), z.number()),
	/** As the kernel reports it for the streams' own connections. */
	congestionControl: z.array(z.string()),
	/** Of the containers that it ran in, each with what tells its content: a digest, or an id. */
	images: z.record(z.string(), z.string()).optional(),
	/** Where sites stood on more than one machine. */
	hosts: z.array(siteHostSchema).optional(),
	underlay: z.array(underlaySchema).optional(),
});

export type VariantOutcome = z.output<typeof variantOutcomeSchema>;

export const runDocumentSchema = z.strictObject({
	format: z.literal(1),
	runId: z.string(),
	scenario: z.string(),
	scenarioPath: z.string(),
	scenarioSha256: z.string(),
	title: z.string(),
	testbed: z.string(),
	seed: z.int(),
	repeats: z.int(),
	timeScale: z.number(),
	variants: z.array(z.string()),
	startedAt: z.string(),
	endedAt: z.string().optional(),
	status: z.enum(['running', 'completed', 'interrupted', 'failed']),
	failure: z.strictObject({code: z.string(), message: z.string()}).optional(),
	verdict: z.enum(verdicts).optional(),
	outcomes: z.array(variantOutcomeSchema),
	provenance: z.strictObject({
		streambed: z.string(),
		commit: z.string().nullable(),
		command: z.array(z.string()),
		host: z.string(),
		user: z.string(),
		rootless: z.boolean(),
		kernel: z.string(),
		cpu: z.string(),
		cpuCount: z.int(),
		memoryBytes: z.int(),
		tools: z.record(z.string(), z.string()),
		tcp: z.record(z.string(), z.string()),
	}),
});

export type RunDocument = z.output<typeof runDocumentSchema>;
