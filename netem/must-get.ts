/** The value under a key that must be there; a missing one is an error of ours, not of the user. */
export function mustGet<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
	const value = map.get(key);
	if (value === undefined) {
		throw new TypeError(`${String(key)} is not part of the topology`);
	}
	return value;
}
