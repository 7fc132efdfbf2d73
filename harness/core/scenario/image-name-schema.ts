import {z} from 'zod';

/** What an engine can know an image by: registry and port, path, tag and digest. */
export const imageNameSchema = z
	.string()
	.regex(
		/^[\w][\w.\-/:@]*$/,
		'an image’s name, such as registry.example/tools/socat:1.8, has letters, digits and ._-/:@',
	);
