/** Those of one kind, in their order: records, actions, events. */
export function ofKind<Item extends {readonly kind: string}, Kind extends Item['kind']>(
	items: readonly Item[],
	kind: Kind,
): ReadonlyArray<Extract<Item, {readonly kind: Kind}>> {
	return items.filter((item): item is Extract<Item, {readonly kind: Kind}> => item.kind === kind);
}
