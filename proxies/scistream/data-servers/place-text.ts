import {isIPv6} from 'node:net';
import type {DataServerAddress} from './data-server.ts';

/** An address as configuration files have it: `host:port`, with brackets where the host has colons. */
export const placeText = ({host, port}: DataServerAddress): string =>
	isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
