import type {NodeEvent} from '#core/control/messages.ts';
import type {Application} from '#core/scenario/tunnel-schema.ts';
import type {Bytes, Seconds} from '#core/units.ts';

export type FlowPlace = {readonly host: string; readonly port: number};

/** What a flow carried, as its own program measured it. */
export type FlowResult = Omit<Extract<NodeEvent, {kind: 'flow-ended'}>, 'kind' | 'stream'>;

/** A program that others wrote, at both ends of a stream: a server at the producer's, a client that connects to it at the consumer's. */
export type Flow = {
	/** Resolves when the server listens. */
	serve(options: {readonly place: FlowPlace; readonly bodyBytes: Bytes}): Promise<AsyncDisposable>;
	/** Data flows from the server for so long, real time. Rejects with a StreambedError when it could not. */
	receive(options: {
		readonly place: FlowPlace;
		readonly flowSeconds: Seconds;
		readonly signal: AbortSignal;
	}): Promise<FlowResult>;
};

/** The flow of an application; chunks are no flow, but ours. What a scenario does not name is not loaded: load generators start slowly. */
export async function loadFlow(application: Exclude<Application, 'chunks'>): Promise<Flow> {
	switch (application) {
		case 'iperf3':
			return (await import('./iperf3-flow.ts')).iperf3Flow;
		case 'http':
			return (await import('./http-flow.ts')).httpFlow;
		default:
			return application satisfies never;
	}
}

/** Reads `tcp://host:port`. */
export function flowPlace(endpoint: string): FlowPlace {
	const {hostname, port} = new URL(endpoint.replace('tcp:', 'http:'));
	return {host: hostname, port: Number(port)};
}
