import type {MonotonicNs} from '#core/units.ts';

/**
 * The same message with its instants on another clock: those are decimal text under names that end in `Ns`, wherever they stand in it. Pure.
 */
export function translateInstants<Message>(message: Message, shiftNs: MonotonicNs): Message {
	return shiftNs === 0n ? message : (translated(message, shiftNs) as Message);
}

function translated(value: unknown, shiftNs: MonotonicNs): unknown {
	if (Array.isArray(value)) {
		return value.map(one => translated(one, shiftNs));
	}
	if (typeof value !== 'object' || value === null) {
		return value;
	}
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [
			name,
			name.endsWith('Ns') && typeof inner === 'string' ? `${BigInt(inner) + shiftNs}` : translated(inner, shiftNs),
		]),
	);
}
