import {carriedServer} from './carried-server.ts';

/** A relay of ours for datagrams: best effort, with what is lost counted. */
export const udp = carriedServer('udp');
