import {z} from 'zod';
import {imageNameSchema} from './image-name-schema.ts';

/** What carries streams between two gateways. `direct`: nothing does, packets cross the gateways as they come. */
export const tunnelKinds = ['direct', 'relay', 'mtls', 'haproxy', 'nginx', 'stunnel'] as const;
export type TunnelKind = (typeof tunnelKinds)[number];

/** Those that are programs of others, which an image can bring. */
export const foreignTunnelKinds = ['haproxy', 'nginx', 'stunnel'] as const satisfies readonly TunnelKind[];
export type ForeignTunnelKind = (typeof foreignTunnelKinds)[number];

const port = z.int().min(1).max(65_535);

/** A pair of SciStream gateways that streams cross, each stream in a session of its own. */
export const tunnelSchema = z.strictObject({
	dataServer: z
		.enum(tunnelKinds)
		.describe('what carries the bytes; direct: the consumer connects to the producer, past both gateways'),
	image: imageNameSchema
		.optional()
		.describe(
			'of the data servers haproxy, nginx or stunnel, each in a container of its own beside its gateway’s (docker only); without it, ours or this machine’s',
		),
	controlPort: port.default(5000).describe('where both control servers listen'),
	dataPorts: z
		.tuple([port, port])
		.refine(([first, last]) => first <= last, 'a range of ports goes from the lower one to the higher one')
		.default([5100, 5299])
		.describe('where data servers listen, from the first to the last, both included'),
	owners: z
		.enum(['one', 'each-stream'])
		.default('one')
		.describe('whose sessions they are; each-stream: every stream has an owner with a token of its own'),
	certificates: z
		.enum(['valid', 'foreign', 'expired'])
		.default('valid')
		.describe(
			'of the consumer’s gateway, with mtls; foreign: signed by an authority that the other side does not know',
		),
});

export type Tunnel = z.output<typeof tunnelSchema>;

/** Who uses what a stream carries: our chunks, or programs that others wrote, as fast as they can. */
export const applicationSchema = z
	.enum(['chunks', 'iperf3', 'http'])
	.default('chunks')
	.describe(
		'chunks: ours, open-loop; iperf3: one TCP flow a stream; http: closed-loop requests for bodies of a chunk’s size, one connection a stream',
	);

export type Application = z.output<typeof applicationSchema>;
