import type {Site} from './schema.ts';

/** Whether packets cross a site as they come. Across any other, data travels through the program that stands there. */
export const forwards = (role: Site['role'] | undefined): boolean => role === 'router' || role === 'gateway';
