import {findEstimate} from './summary.ts';
import type {VariantSummary} from './summary-schema.ts';

export type KeyMeasure = {readonly measure: string; readonly label: string; readonly gloss: string};

/** The measures that the first table of a report shows, each with what it means. */
export const keyMeasures: readonly KeyMeasure[] = [
	{measure: 'acceptanceRatio', label: 'Requests accepted', gloss: 'share of all requests'},
	{measure: 'streams.concurrentMax', label: 'Most streams at once', gloss: 'started and not yet ended'},
	{
		measure: 'streams.delivering',
		label: 'Streams delivering at the end',
		gloss: 'brought a chunk within the last two periods of driving',
	},
	{measure: 'streams.stopped', label: 'Streams stopped', gloss: 'given up because they kept missing their deadline'},
	{
		measure: 'deadline.hitRatio',
		label: 'Chunks in time',
		gloss: 'share of chunks that met their deadline; lost ones did not',
	},
	{
		measure: 'resolution.mean',
		label: 'Mean resolution',
		gloss: 'share of the full image, along each side, over delivered chunks',
	},
	{
		measure: 'throughput.bitsPerSecond',
		label: 'Throughput',
		gloss: 'what the consumer received, real bits in a real second',
	},
	{
		measure: 'latency.e2eMs.p50',
		label: 'Median latency',
		gloss: 'half of the chunks came within it, from planned send, in scenario time',
	},
	{measure: 'latency.e2eMs.p99', label: 'Latency, 99 of 100', gloss: 'all but one chunk in a hundred came within it'},
	{
		measure: 'cost.usdPerChunk',
		label: 'Cost of a chunk',
		gloss: 'workers and bytes for the chunks that came, at the scenario’s prices',
	},
	{measure: 'chunks.lost', label: 'Chunks lost', gloss: 'sent and never arrived'},
];

/** Shown as well where streams cross a tunnel. */
const tunnelMeasures: readonly KeyMeasure[] = [
	{
		measure: 'proxy.cpuSecondsPerGigabit',
		label: 'Processor time',
		gloss: 'of the gateways, for each gigabit that reached the consumer',
	},
	{measure: 'setup.seconds.session', label: 'Set-up of a session', gloss: 'both sides, until they carry; real time'},
];

/** Of applications that are not ours there are no chunks: what is said of chunks would be said of nothing. */
const aboutChunks = /^(?:chunks|deadline|latency\.e2eMs|resolution|cost|streams\.delivering|streams\.stopped)\b/;

/** The measures that have something to say of these variants. */
export function keyMeasuresOf(variants: readonly VariantSummary[]): readonly KeyMeasure[] {
	const meanOf = (variant: VariantSummary, measure: string) => findEstimate(variant, measure)?.mean;
	const hasFlows = variants.some(variant => typeof meanOf(variant, 'flows.errors') === 'number');
	const hasChunks = !hasFlows || variants.some(variant => (meanOf(variant, 'chunks.produced') ?? 0) > 0);
	const hasTunnel = variants.some(variant => typeof meanOf(variant, 'setup.seconds.session') === 'number');
	return [
		...keyMeasures.filter(({measure}) => hasChunks || !aboutChunks.test(measure)),
		...(hasTunnel || hasFlows ? tunnelMeasures : []),
	];
}
