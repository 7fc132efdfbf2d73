import {z} from 'zod';

/** The name of a site, a link, a stage, a variant. */
export const nameSchema = z
	.string()
	.regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name is lower-case letters, digits and dashes, begins with a letter, 31 at most');
