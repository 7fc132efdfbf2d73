import {z} from 'zod';
import type {LinkMeasurement} from '../measurements/link-measurement.ts';
import {measurementFormats} from '../measurements/parse-measurements.ts';
import {nameSchema} from './name-schema.ts';
import {quantity} from './quantity-schema.ts';

const measurementFile = z
	.strictObject({
		link: nameSchema,
		from: nameSchema.optional().describe('the site that sends; without it, the file stands for both directions'),
		file: z.string().min(1).describe('relative to the scenario file'),
		format: z
			.enum(measurementFormats)
			.default('iperf3')
			.describe('iperf3: `iperf3 -J`; esmond, pscheduler: throughput of a perfSONAR archive'),
	})
	.transform(file => ({
		...file,
		/** What the file says, once the scenario is loaded. */
		measurement: null as LinkMeasurement | null,
	}));

/** How the control comes to know its nodes and links, and what it does when one of them goes. */
export const federationSchema = z
	.strictObject({
		measure: z
			.enum(['told', 'probe', 'file'])
			.default('told')
			.describe(
				'told: the control knows each link’s rate, and of a change at once; probe: it knows what traffic of its own measured; file: what the files of `measurements` say, and no change',
			),
		probeEvery: quantity('duration', {min: 0.1})
			.prefault('30s')
			.describe('every link is probed again so often, scenario time'),
		probeShare: quantity('share', {min: 1e-4, max: 0.01})
			.prefault('1%')
			.describe('of what a link carries in that time, so much may be probes'),
		probeLimit: quantity('duration', {min: 1e-3, max: 600})
			.prefault('10s')
			.describe('a probe of one link that takes longer has failed, real time'),
		change: quantity('share', {min: 1e-3, max: 1})
			.prefault('5%')
			.describe('a measured rate is news when it differs by more than this from the one held, beyond its interval'),
		measurements: z.array(measurementFile).max(10_000).default([]),
		onLoss: z
			.enum(['end', 're-place'])
			.default('end')
			.describe(
				'when the program of a compute site, or its broker, ends and the timeline did not ask for it; re-place: its streams are placed elsewhere and the run goes on',
			),
	})
	.refine(({measure, measurements}) => (measure === 'file') === measurements.length > 0, {
		message: 'files of measurements go with `measure: file`, and `measure: file` needs some',
		path: ['measurements'],
	})
	.transform(({probeEvery, probeShare, probeLimit, change, ...rest}) => ({
		...rest,
		probeEverySeconds: probeEvery,
		probeShareRatio: probeShare,
		probeLimitSeconds: probeLimit,
		changeRatio: change,
	}))
	.prefault({});
