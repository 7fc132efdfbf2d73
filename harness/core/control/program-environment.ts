/**
 * What the programs of sites have in their environment. glibc would give the memory of every large slice back to the kernel
 * and fetch it anew, page by page, for the next one, which costs as much as receiving it; told so, it keeps a reserve.
 * Other C libraries do not know these names.
 */
export const programEnvironment = {
	/** Blocks below 32 MB, the most it takes, come from the reserve. */
	MALLOC_MMAP_THRESHOLD_: `${32 * 1024 ** 2}`,
	/** Bytes that it keeps. */
	MALLOC_TRIM_THRESHOLD_: `${128 * 1024 ** 2}`,
} as const;
