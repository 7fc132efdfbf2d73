import type {Site} from './schema.ts';
import {streamPort} from './stream-port.ts';

/** Where the program of a site listens for the streams of the site before it. */
export const listenPort = (site: Site): number => (site.role === 'foreign' ? site.port : streamPort);
