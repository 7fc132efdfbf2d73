import type {Path} from './document.ts';

type Plain = Record<string, unknown>;

/** Lays one plain value over another: objects are merged key by key, everything else is replaced. Neither input is changed. */
export function overlay(base: unknown, over: unknown): unknown {
	if (!isPlain(base) || !isPlain(over)) {
		return over;
	}
	const merged: Plain = {...base};
	for (const [key, value] of Object.entries(over)) {
		merged[key] = key in base ? overlay(base[key], value) : value;
	}
	return merged;
}

/**
 * Sets one value by its path (`stack.policy`, `topology.links.transit-core.rate`): inside a list, a segment is an index or
 * the `name` of an entry. Returns a new value and the path it took, or `undefined` where the path leads nowhere.
 */
export function setAt(
	base: unknown,
	segments: readonly string[],
	value: unknown,
): {readonly value: unknown; readonly path: Path} | undefined {
	const [segment, ...rest] = segments;
	if (segment === undefined) {
		return {value, path: []};
	}
	if (Array.isArray(base)) {
		const index = /^\d+$/.test(segment)
			? Number(segment)
			: base.findIndex(entry => isPlain(entry) && entry.name === segment);
		if (index < 0 || index >= base.length) {
			return undefined;
		}
		const inner = setAt(base[index], rest, value);
		return inner && {value: base.with(index, inner.value), path: [index, ...inner.path]};
	}
	if (!isPlain(base ?? {})) {
		return undefined;
	}
	const plain = (base ?? {}) as Plain;
	const inner = setAt(plain[segment], rest, value);
	return inner && {value: {...plain, [segment]: inner.value}, path: [segment, ...inner.path]};
}

function isPlain(value: unknown): value is Plain {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
