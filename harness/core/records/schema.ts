import {z} from 'zod';
import {detectionCountsSchema} from './detection-counts.ts';

/**
 * What every testbed writes: one JSON object a line. `t` is in scenario seconds from the start of driving (negative before
 * it); streams and requests are named within their variant and repeat.
 */

const seconds = z.number();
const bytes = z.int().min(0);
const bitsPerSecond = z.number().min(0);
const ratio = z.number().min(0).max(1);
const index = z.int().min(0);

const common = {t: seconds, variant: z.string(), repeat: index};

function record<const Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
	return z.strictObject({kind: z.literal(kind), ...common, ...shape});
}

const chunkIdentity = {stream: z.string(), sequence: index};

/** Who writes and reads which topic, and at which site's broker; absent where the stack has no brokers. */
const subscriptions = z
	.array(z.strictObject({topic: z.string(), broker: z.string(), writer: z.string(), reader: z.string()}))
	.optional();

const sessionSteps = z.strictObject({reqMs: z.number(), helloMs: z.number(), updateMs: z.number()});

export const phases = ['provision', 'calibrate', 'warm-up', 'drive', 'drain', 'release'] as const;

export const rejectionReasons = ['deadline', 'budget', 'workers', 'bandwidth', 'path'] as const;

export const lossReasons = ['stream-stopped', 'not-delivered', 'node-lost', 're-placed'] as const;

export const measurementSources = ['told', 'probe', 'file'] as const;

export const recordSchema = z.discriminatedUnion('kind', [
	record('run.started', {seed: z.int(), timeScale: z.number(), testbed: z.string()}),
	record('run.phase', {phase: z.enum(phases), status: z.enum(['begun', 'done']), wallSeconds: seconds.optional()}),
	record('request.arrived', {
		request: z.string(),
		minimumResolutionRatio: ratio,
		deadlineSeconds: seconds,
		budgetUsdPerChunk: z.number(),
		durationSeconds: seconds,
		/** What it asks for; absent where every request asks for data of its own. */
		source: z.string().optional(),
	}),
	record('request.accepted', {
		request: z.string(),
		stream: z.string(),
		/** The stream of another request that carries this one too, as it is from now on; absent where it has its own. */
		carrier: z.string().optional(),
		minimumResolutionRatio: ratio,
		placement: z.array(z.strictObject({stage: z.string(), site: z.string()})),
		reservations: z.array(z.strictObject({link: z.string(), bitsPerSecond})),
		subscriptions,
		objectiveByteKm: z.number(),
		completionSeconds: seconds,
		costUsd: z.number(),
	}),
	record('request.rejected', {
		request: z.string(),
		minimumResolutionRatio: ratio,
		reason: z.enum(rejectionReasons),
		detail: z.string(),
	}),
	record('stream.started', {stream: z.string(), minimumResolutionRatio: ratio, resolutionRatio: ratio}),
	record('stream.rates', {stream: z.string(), rates: z.array(z.strictObject({link: z.string(), bitsPerSecond}))}),
	record('stream.resolution', {
		stream: z.string(),
		resolutionRatio: ratio,
		previousResolutionRatio: ratio,
		/** Planned − actual arrival of the chunk that caused it: positive is early. Absent where a request that joined did. */
		diffSeconds: seconds.optional(),
		condition: z.string(),
	}),
	/** It goes on elsewhere, from its minimum resolution; chunks that were under way are lost as `re-placed`. */
	record('stream.replaced', {
		stream: z.string(),
		reason: z.string(),
		placement: z.array(z.strictObject({stage: z.string(), site: z.string()})),
		/** Every link that it crosses now, and what it reserves there. */
		reservations: z.array(z.strictObject({link: z.string(), bitsPerSecond})),
		subscriptions,
		completionSeconds: seconds,
		costUsd: z.number(),
		resolutionRatio: ratio,
	}),
	record('stream.stopped', {stream: z.string(), reason: z.string()}),
	record('stream.completed', {stream: z.string()}),
	record('chunk.produced', {
		...chunkIdentity,
		plannedSeconds: seconds,
		/** When its instrument handed it over; absent in a model, whose instruments are never late. */
		readySeconds: seconds.optional(),
		/** When the stack began to take it. */
		sentSeconds: seconds,
		bytes,
	}),
	record('chunk.delivered', {
		...chunkIdentity,
		bytes,
		resolutionRatio: ratio,
		/** From the planned send to the last byte at the consumer. */
		latencySeconds: seconds,
		/** From the actual send to the last byte at the consumer. */
		transitSeconds: seconds,
		/** Planned − actual arrival: positive is early. */
		diffSeconds: seconds,
		reordered: z.boolean(),
		/** Of a chunk that came once for several requests: how many streams got a copy. */
		sharedByCount: z.int().min(2).optional(),
		/** Of chunks that are what a detector found in a frame whose targets are known. */
		detections: detectionCountsSchema.optional(),
	}),
	/** Stands beside `chunk.delivered` when the deadline was missed. */
	record('chunk.late', {...chunkIdentity, latenessSeconds: seconds}),
	record('chunk.duplicate', chunkIdentity),
	record('chunk.lost', {...chunkIdentity, reason: z.enum(lossReasons)}),
	record('chunk.corrupt', chunkIdentity),
	record('link.changed', {
		link: z.string(),
		rateBitsPerSecond: bitsPerSecond,
		/** When the timeline wanted it, when the kernel had taken it, when reading back showed it. */
		requestedSeconds: seconds,
		appliedSeconds: seconds,
		observedSeconds: seconds,
	}),
	record('link.sample', {
		link: z.string(),
		/** The site that sends in this direction. */
		from: z.string(),
		capacityBitsPerSecond: bitsPerSecond,
		/** Layer-2 rate since the sample before. */
		bitsPerSecond,
		droppedCount: index,
		backlogBytes: bytes,
	}),
	record('site.sample', {
		site: z.string(),
		workersBusy: index,
		workersReserved: index,
		workers: index,
		cpuRatio: z.number().min(0),
		eventLoopLagMsP99: z.number().min(0),
		bufferedBytes: bytes,
	}),
	/** Of a program that is not ours, seen from outside; the probe is a connection from a site beside it. */
	record('foreign.sample', {
		site: z.string(),
		/** Of one core; real time, as all of this record. */
		cpuRatio: z.number().min(0),
		memoryBytes: bytes,
		/** Whether it took the connection; absent where it is not probed. */
		answered: z.boolean().optional(),
		connectMs: z.number().min(0).optional(),
		/** Until its first byte; absent when none came in time. */
		firstByteMs: z.number().min(0).optional(),
	}),
	/** What the control believes of one direction of a link from now on, and what it is based on. */
	record('link.measured', {
		link: z.string(),
		from: z.string(),
		source: z.enum(measurementSources),
		bitsPerSecond,
		/** The 95 % interval. */
		lowBitsPerSecond: bitsPerSecond,
		highBitsPerSecond: bitsPerSecond,
		windowCount: index,
		/** Of probes: what they carried, and its share of what the link carries from one round of probes to the next. */
		bytes: bytes.optional(),
		shareRatio: z.number().min(0).optional(),
	}),
	/** The control has noticed that a direction of a link is not as it was. */
	record('link.detected', {
		link: z.string(),
		from: z.string(),
		bitsPerSecond,
		previousBitsPerSecond: bitsPerSecond,
		/** Since the change was applied; absent where the timeline changed nothing. */
		detectionSeconds: seconds.optional(),
	}),
	record('node.joined', {
		site: z.string(),
		program: z.string(),
		/** The name under which it registered. */
		node: z.string().optional(),
		/** The site whose broker serves it. */
		broker: z.string().optional(),
		/** What it can send over each of its links; told, measured or read. */
		links: z
			.array(
				z.strictObject({
					link: z.string(),
					bitsPerSecond,
					lowBitsPerSecond: bitsPerSecond,
					highBitsPerSecond: bitsPerSecond,
				}),
			)
			.optional(),
	}),
	record('node.left', {site: z.string(), reason: z.string()}),
	/** `workers`: how many the target has from then on. */
	record('fault.injected', {fault: z.string(), target: z.string(), workers: index.optional()}),
	/** What a flow of an application that is not ours carried, as its own program measured it; real time. */
	record('flow.ended', {
		stream: z.string(),
		application: z.enum(['iperf3', 'http']),
		bytes,
		flowSeconds: seconds,
		bitsPerSecond,
		retransmitCount: index.optional(),
		requestCount: index.optional(),
		errorCount: index,
		latencyMsP50: z.number().min(0).optional(),
		latencyMsP99: z.number().min(0).optional(),
	}),
	/** Both gateways carry the stream; the milliseconds are real ones. */
	record('session.opened', {
		stream: z.string(),
		owner: z.string(),
		inboundListener: z.string(),
		outboundListener: z.string(),
		wholeMs: z.number().min(0),
		inbound: sessionSteps,
		outbound: sessionSteps,
	}),
	/** As the producer's gateway counted them. */
	record('session.closed', {
		stream: z.string(),
		owner: z.string(),
		forwardBytes: bytes,
		backwardBytes: bytes,
		restartCount: index,
	}),
	record('session.refused', {stream: z.string(), owner: z.string(), message: z.string()}),
	/** `null`: this kernel does not tell how long tasks wait for a processor. */
	record('fidelity.sample', {cpuPressureRatio: ratio.nullable(), harnessLagMsP99: z.number().min(0)}),
	record('run.ended', {outcome: z.enum(['completed', 'interrupted', 'failed']), reason: z.string().optional()}),
]);

export type StreambedRecord = z.output<typeof recordSchema>;
export type RecordKind = StreambedRecord['kind'];
export type RecordOf<Kind extends RecordKind> = Extract<StreambedRecord, {kind: Kind}>;
export type Phase = (typeof phases)[number];
export type RejectionReason = (typeof rejectionReasons)[number];
export type LossReason = (typeof lossReasons)[number];

type WithoutRun<One> = One extends StreambedRecord ? Omit<One, 'variant' | 'repeat'> : never;

/** A record as its source makes it; the writer of a variant's repeat adds which one it was. */
export type RecordBody = WithoutRun<StreambedRecord>;
