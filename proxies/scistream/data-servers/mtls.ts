import {carriedServer} from './carried-server.ts';

/** A relay of ours with TLS 1.3 over the wide area, certificates checked on both sides. */
export const mtls = carriedServer('mtls');
