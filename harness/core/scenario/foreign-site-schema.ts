import {z} from 'zod';
import {firewallSchema} from './firewall-schema.ts';
import {hostSchema} from './host-schema.ts';
import {imageNameSchema} from './image-name-schema.ts';
import {placeholderNames} from './placeholders.ts';
import {quantity} from './quantity-schema.ts';

/** Where the links of a container are measured, in its own network namespace. */
export const measuringPorts: readonly number[] = [5598, 5599];

const words = z.array(z.string().min(1)).min(1).max(1000);

const ready = z
	.union([z.literal('port'), z.strictObject({log: z.string().min(1)}), z.strictObject({command: words})])
	.default('port')
	.transform(wanted => {
		if (wanted === 'port') {
			return {kind: 'port' as const};
		}
		return 'log' in wanted ? {kind: 'log' as const, text: wanted.log} : {kind: 'command' as const, ...wanted};
	})
	.describe(
		'when it is there; port: it listens at its port; log: a line of its output contains this text; command: this ends with 0',
	);

/** A site whose program is somebody else's: a TCP server that streams pass through, told where to send them on. */
export const foreignSiteSchema = z
	.strictObject({
		role: z.literal('foreign'),
		host: hostSchema,
		firewall: firewallSchema.optional().describe('between the site and all of its links; without it, all passes'),
		image: imageNameSchema.optional().describe('of a container; without it, the command is a program of this machine'),
		command: words
			.optional()
			.describe(
				`program and parameters; ${placeholderNames.map(one => `\${${one}}`).join(', ')} are filled in; without it, the image’s own`,
			),
		environment: z
			.record(z.string().regex(/^[A-Za-z_]\w*$/, 'a variable is named by letters, digits and underscores'), z.string())
			.default({})
			.describe('variables of its environment, filled in as the command is'),
		port: z
			.int()
			.min(1)
			.max(65_535)
			.refine(one => !measuringPorts.includes(one), `links are measured at the ports ${measuringPorts.join(' and ')}`)
			.describe('where it listens for TCP'),
		ready,
		probe: z
			.boolean()
			.default(true)
			.describe(
				'connect to its port once a second while driving, to see how long it takes; false for a server that takes one connection only',
			),
		readyLimit: quantity('duration', {min: 0.1, max: 600})
			.prefault('30s')
			.describe('how long it may take until it is ready, real time'),
	})
	.refine(({image, command}) => image !== undefined || command !== undefined, {
		message: 'a foreign site has an image, a command or both',
		path: ['command'],
	})
	.transform(({readyLimit, ...rest}) => ({...rest, readyLimitSeconds: readyLimit}))
	.describe('a program that is not ours, measured from outside');

export type ForeignSite = z.output<typeof foreignSiteSchema>;
export type Readiness = ForeignSite['ready'];
