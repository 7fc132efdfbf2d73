import {carriedServer} from './carried-server.ts';

/** A relay of ours: bytes as they are, over TCP. */
export const relay = carriedServer('relay');
