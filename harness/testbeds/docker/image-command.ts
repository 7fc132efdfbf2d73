import {basename} from 'node:path';
import type {SiteImage} from './image.ts';

/** What a container of an image is told so that it runs a program: its parameters alone where the image starts that program anyway. Pure. */
export function imageCommand(
	{entryPoint}: Pick<SiteImage, 'entryPoint'>,
	[program, ...parameters]: readonly [program: string, ...parameters: string[]],
): readonly string[] {
	return basename(entryPoint.at(-1) ?? '') === program ? parameters : [program, ...parameters];
}
