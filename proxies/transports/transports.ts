import {StreambedError} from '#core/errors.ts';
import type {Transport} from './transport.ts';

/** Every transport by the name that scenarios use. Each is loaded when it is first asked for: native addons start slowly. */
const transports: Readonly<Record<string, () => Promise<Transport>>> = {
	zeromq: async () => (await import('./zeromq.ts')).zeromq,
	kafka: async () => (await import('./kafka.ts')).kafka,
	rabbitmq: async () => (await import('./rabbitmq.ts')).rabbitmq,
	nats: async () => (await import('./nats.ts')).nats,
};

/** Rejects with SCENARIO_INVALID when there is no transport of that name. */
export async function loadTransport(name: string): Promise<Transport> {
	const load = transports[name];
	if (!load) {
		throw new StreambedError('SCENARIO_INVALID', `there is no transport ${name}`, {
			hint: `one of: ${Object.keys(transports).join(', ')}`,
		});
	}
	return load();
}
