import type {Bytes} from '#core/units.ts';

/** A file system of a broker's own: what it may hold is the kernel's to enforce. Pure. */
export const mountCommand = ({
	mount,
	folder,
	bytes,
}: {
	/** Full path of the program. */
	readonly mount: string;
	readonly folder: string;
	readonly bytes: Bytes;
}): readonly string[] => [mount, '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder];
