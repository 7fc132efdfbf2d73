import type {ForeignTunnelKind} from '#core/scenario/tunnel-schema.ts';
import {carriers} from './carriers.ts';
import type {DataServerFactory, DataServerKind} from './data-server.ts';
import type {ForeignPrograms} from './foreign-programs.ts';

/** Every kind of data server. A new one is one new file and one line here. */
const loaders = {
	relay: async () => (await import('./relay.ts')).relay,
	mtls: async () => (await import('./mtls.ts')).mtls,
	haproxy: async () => (await import('./haproxy.ts')).haproxy,
	nginx: async () => (await import('./nginx.ts')).nginx,
	stunnel: async () => (await import('./stunnel.ts')).stunnel,
	udp: async () => (await import('./udp.ts')).udp,
} as const satisfies Record<DataServerKind, () => Promise<DataServerFactory>>;

/** The data server of a kind; a program that the scenario does not name is not loaded. */
export async function loadDataServer(kind: DataServerKind): Promise<DataServerFactory> {
	return await loaders[kind]();
}

/** The data server of a kind that others wrote, with programs from elsewhere. */
export async function loadForeignServer(
	kind: ForeignTunnelKind,
	programs: ForeignPrograms,
): Promise<DataServerFactory> {
	switch (kind) {
		case 'haproxy':
			return (await import('./haproxy.ts')).haproxyServer({programs});
		case 'nginx':
			return (await import('./nginx.ts')).nginxServer(programs);
		case 'stunnel':
			return (await import('./stunnel.ts')).encryptingStunnel(programs);
		default:
			return kind satisfies never;
	}
}

/** Ends at once what waits for the next data server of ours; by itself it ends some seconds after the last. */
export const endIdleCarriers = (): Promise<void> => carriers.endIdle();
