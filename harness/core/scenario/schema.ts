import {z} from 'zod';
import {brokerKinds, brokerSchema, defaultBroker} from './broker-schema.ts';
import {defaultPrices} from './default-prices.ts';
import {expectationSchema} from './expectation-schema.ts';
import {federationSchema} from './federation-schema.ts';
import {framesSchema} from './frames-schema.ts';
import {linkRate} from './link-rate-schema.ts';
import {mergeSchema, sourcesSchema} from './merge-schema.ts';
import {nameSchema as name} from './name-schema.ts';
import type {PlannedRequest} from './planned-request.ts';
import {qualitySchema} from './quality-schema.ts';
import {quantity} from './quantity-schema.ts';
import {siteSchema} from './site-schema.ts';
import {stageSchema} from './stage-schema.ts';
import {timelineEventSchema} from './timeline-schema.ts';
import {applicationSchema, tunnelSchema} from './tunnel-schema.ts';

/**
 * A scenario as its author writes it, and (by its transforms) as the program holds it: human quantities become numbers in
 * base units under names that end in their unit. Every default lives here.
 */

const link = z
	.strictObject({
		name,
		between: z.tuple([name, name]),
		rate: linkRate().describe('at layer 2, Ethernet frames of 1514 bytes, each direction'),
		delay: quantity('duration', {max: 10}).prefault('0ms').describe('one way'),
		distance: quantity('distance', {max: 50_000}).prefault('0km'),
		usdPerGb: z
			.number()
			.min(0)
			.default(defaultPrices.transferUsdPerGb)
			.describe('price of a gigabyte that crosses it; the default is a transfer out of Amazon EC2 in 2018'),
	})
	.transform(({rate, delay, distance, usdPerGb, ...rest}) => ({
		...rest,
		rateBitsPerSecond: rate,
		delaySeconds: delay,
		distanceKm: distance,
		usdPerByte: usdPerGb / 1e9,
	}));

const topology = z.strictObject({
	sites: z.record(name, siteSchema),
	links: z.array(link).min(1).max(10_000),
});

const stack = z
	.strictObject({
		transport: z.enum(['zeromq', ...brokerKinds]).default('zeromq'),
		broker: brokerSchema
			.optional()
			.describe('with a transport of brokers, of the same kind; what is left out takes its default'),
		policy: z
			.enum(['adaptive', 'static'])
			.default('adaptive')
			.describe('adaptive: resolution follows Table I; static: it stays where it started'),
		sharing: z
			.enum(['reserved', 'tcp'])
			.default('reserved')
			.describe('reserved: every stream is paced at the rate the brain assigns; tcp: nothing is enforced'),
		reservation: z
			.enum(['equal-share', 'equal-bandwidth', 'least-total'])
			.default('equal-share')
			.describe(
				'what a stream reserves on its way, the least that meets its deadline; equal-share: the same share of every link; equal-bandwidth: the same rate on every link; least-total: rates whose sum is the least',
			),
		congestionControl: z.enum(['cubic', 'reno', 'bbr']).default('cubic'),
		placementSites: z
			.array(name)
			.min(1)
			.optional()
			.describe('stages are placed at these compute sites only; without it, at any on the way'),
		pathCount: z.int().min(1).max(1000).default(8).describe('ways from producer to consumer looked at, shortest first'),
		tunnel: tunnelSchema
			.optional()
			.describe('what carries streams between the two sites of role gateway that they cross'),
		merge: mergeSchema,
		slice: quantity('size', {min: 1000, max: 4e6}).prefault('32kB').describe('a chunk travels in pieces of this size'),
		quality: qualitySchema,
	})
	.transform(({slice, broker, ...rest}) => ({
		...rest,
		broker: broker ?? defaultBroker(rest.transport),
		sliceBytes: slice,
	}))
	.prefault({});

const request = z
	.strictObject({
		count: z.int().min(1).max(1_000_000).default(1),
		minimumResolution: quantity('share', {min: 0.01, max: 1}).prefault('100%'),
		deadline: quantity('duration', {min: 1e-3}).prefault('25s'),
		budgetUsdPerChunk: z.number().positive().default(1),
		duration: z
			.union([
				z.literal('until-end'),
				quantity('duration'),
				z.strictObject({uniform: z.tuple([quantity('duration'), quantity('duration')])}),
			])
			.default('until-end'),
	})
	.transform(({minimumResolution, deadline, duration, ...rest}) => ({
		...rest,
		minimumResolutionRatio: minimumResolution,
		deadlineSeconds: deadline,
		durationSeconds: duration,
	}));

const arrivals = z
	.discriminatedUnion('law', [
		z
			.strictObject({
				law: z.literal('spread'),
				from: quantity('duration').prefault('0s'),
				over: quantity('duration').prefault('10s'),
			})
			.transform(({law, from, over}) => ({law, fromSeconds: from, overSeconds: over})),
		z
			.strictObject({law: z.literal('together'), at: quantity('duration').prefault('0s')})
			.transform(({law, at}) => ({law, atSeconds: at})),
		z
			.strictObject({law: z.literal('uniform'), from: quantity('duration'), to: quantity('duration')})
			.transform(({law, from, to}) => ({law, fromSeconds: from, toSeconds: to})),
		z
			.strictObject({
				law: z.literal('normal'),
				mean: quantity('duration'),
				sd: quantity('duration'),
				within: z.tuple([quantity('duration'), quantity('duration')]),
			})
			.transform(({law, mean, sd, within}) => ({law, meanSeconds: mean, sdSeconds: sd, withinSeconds: within})),
		z
			.strictObject({
				law: z.literal('poisson'),
				mean: quantity('duration'),
				step: quantity('duration', {min: 1e-3})
					.prefault('1min')
					.describe(
						'the number of the step that a request comes in is a Poisson draw; within the step it comes anywhere',
					),
				within: z.tuple([quantity('duration'), quantity('duration')]),
			})
			.transform(({law, mean, step, within}) => ({law, meanSeconds: mean, stepSeconds: step, withinSeconds: within})),
	])
	.prefault({law: 'spread'})
	.describe('when the requests come; spread: evenly, so that the phases of periodic streams differ');

const chunk = z
	.strictObject({
		bytes: quantity('size', {min: 256, max: 1e9}).prefault('10MB'),
		every: quantity('duration', {min: 1e-4}).prefault('10s'),
	})
	.transform(({bytes, every}) => ({bytes, everySeconds: every}))
	.prefault({});

const workload = z
	.strictObject({
		application: applicationSchema,
		chunk,
		frames: framesSchema,
		stages: z
			.array(stageSchema)
			.max(20)
			.prefault([
				{name: 'window-1', service: '6.25s'},
				{name: 'window-2', service: '6.25s'},
				{name: 'window-3', service: '6.25s'},
			]),
		arrivals,
		sources: sourcesSchema,
		leadTime: quantity('duration').prefault('2s').describe('from a request’s arrival to the first chunk of its stream'),
		requests: z.array(request).max(1000).default([]),
		requestsFile: z
			.string()
			.min(1)
			.optional()
			.describe(`in place of arrivals and requests: a CSV file of them, relative to the scenario file`),
	})
	.refine(({requests, requestsFile}) => requests.length > 0 !== (requestsFile !== undefined), {
		message: 'a workload has either requests or a requestsFile',
		path: ['requests'],
	})
	.transform(({leadTime, ...rest}) => ({
		...rest,
		leadSeconds: leadTime,
		/** The requests of the file, once the scenario is loaded. */
		replay: null as readonly PlannedRequest[] | null,
	}));

/** How long load is offered where a scenario does not say. */
export const defaultDriveSeconds = 600;

const timing = z
	.strictObject({
		variants: z
			.enum(['in-turn', 'side-by-side'])
			.default('in-turn')
			.describe('side by side: each in its own namespaces at the same time, where the machine carries it'),
		drive: quantity('duration', {min: 0.1, max: 30 * 86_400})
			.prefault(`${defaultDriveSeconds}s`)
			.describe('how long load is offered, scenario time'),
		warmUp: quantity('duration').prefault('5s').describe('chunks sent before driving and not counted, scenario time'),
		drain: quantity('duration').prefault('60s').describe('at most this long for what is under way, scenario time'),
		calibrate: quantity('duration', {max: 60}).prefault('400ms').describe('for each link and direction, real time'),
	})
	.transform(({variants, drive, warmUp, drain, calibrate}) => ({
		variants,
		driveSeconds: drive,
		warmUpSeconds: warmUp,
		drainSeconds: drain,
		calibrateSeconds: calibrate,
	}))
	.prefault({});

/** What the verdict holds a run against; real time, whatever the scale. */
const fidelity = z
	.strictObject({
		rateErrorRatio: z.number().positive().default(0.02),
		delayErrorMs: z.number().positive().default(0.5),
		delayErrorRatio: z.number().positive().default(0.02),
		generatorLatenessMsP99: z.number().positive().default(25),
		eventLoopLagMsP99: z.number().positive().default(50),
		cpuPressureRatio: z.number().positive().max(1).default(0.85),
		changeLatenessMs: z
			.number()
			.positive()
			.default(100)
			.describe('real time from the planned instant of a change of a link until the kernel has it'),
	})
	.prefault({});

const limits = z
	.strictObject({
		records: z.int().min(1000).default(50_000_000),
		bufferedBytesPerSite: quantity('size').prefault('4GB'),
		eventCount: z.int().min(1000).default(10_000_000_000).describe('events of a simulation'),
	})
	.transform(({records, bufferedBytesPerSite, eventCount}) => ({records, bufferedBytesPerSite, eventCount}))
	.prefault({});

export const scenarioSchema = z.strictObject({
	streambed: z.literal(1, {error: 'the first line of a scenario is `streambed: 1`, the version of this format'}),
	title: z.string().min(1),
	description: z.string().optional(),
	source: z.strictObject({paper: z.string(), figure: z.union([z.int(), z.string()]).optional()}).optional(),
	seed: z.int().min(0).default(1),
	repeat: z.int().min(1).max(10_000).default(1),
	timeScale: z.number().gt(0, 'a time scale is more than 0: 0.1 packs ten seconds into one').max(10).default(1),
	topology,
	stack,
	workload,
	timing,
	federation: federationSchema,
	timeline: z.array(timelineEventSchema).max(100_000).default([]),
	variants: z.record(name, z.record(z.string(), z.unknown())).default({}).describe('each overlays the scenario'),
	expect: z.array(expectationSchema).default([]),
	fidelity,
	limits,
});

/** One variant of a scenario, resolved: defaults filled in, quantities as numbers in base units. */
export type Scenario = z.output<typeof scenarioSchema>;
export type Site = Scenario['topology']['sites'][string];
export type ComputeSite = Extract<Site, {role: 'compute'}>;
export type ScenarioLink = Scenario['topology']['links'][number];
export type RequestGroup = Scenario['workload']['requests'][number];
export type ArrivalLaw = Scenario['workload']['arrivals'];
export type Federation = Scenario['federation'];
export type Expectation = Scenario['expect'][number];
export type QualityRules = Scenario['stack']['quality'];
