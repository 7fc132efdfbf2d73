/** The index of the last value at or before a limit in ascending values; −1 when all are after it. */
export function lastIndexAtOrBefore<Item>(
	items: readonly Item[],
	limit: number,
	numberOf: (item: Item) => number,
): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const item = items[middle];
		if (item !== undefined && numberOf(item) <= limit) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low - 1;
}
