/** A place to listen at or to connect to. */
export type Endpoint = {readonly host: string; readonly port: number};

/** Reads `host:port` or `[address]:port`; undefined when the text is neither, or the port is not in 1–65535. */
export function parseEndpoint(text: string): Endpoint | undefined {
	const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)):(\d{1,5})$/.exec(
		text,
	);
	const [, bracketed, plain] = match ?? [];
	const [host, port] = [bracketed ?? plain, Number(match?.[3])];
	return host !== undefined && port >= 1 && port <= 65_535 ? {host, port} : undefined;
}

/** The reverse of `parseEndpoint`. */
export const formatEndpoint = ({host, port}: Endpoint): string =>
	host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
