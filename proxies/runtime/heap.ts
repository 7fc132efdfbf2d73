/** A binary heap: the first of its elements comes out first. */
export class Heap<Element> {
	readonly #isBefore: (one: Element, other: Element) => boolean;
	readonly #elements: Element[] = [];

	constructor(isBefore: (one: Element, other: Element) => boolean) {
		this.#isBefore = isBefore;
	}

	push(element: Element): void {
		let place = this.#elements.length;
		while (place > 0) {
			const parent = (place - 1) >> 1;
			const above = this.#elements[parent] as Element;
			if (!this.#isBefore(element, above)) {
				break;
			}
			this.#elements[place] = above;
			place = parent;
		}
		this.#elements[place] = element;
	}

	/** Takes the first one out; `undefined` when there is none. */
	pop(): Element | undefined {
		const first = this.#elements[0];
		const last = this.#elements.pop();
		if (last !== undefined && this.#elements.length > 0) {
			this.#sink(last);
		}
		return first;
	}

	/** Puts an element where the first one was. */
	#sink(element: Element): void {
		const elements = this.#elements;
		let place = 0;
		for (let child = 1; child < elements.length; child = place * 2 + 1) {
			const right = child + 1;
			const least =
				right < elements.length && this.#isBefore(elements[right] as Element, elements[child] as Element)
					? right
					: child;
			if (!this.#isBefore(elements[least] as Element, element)) {
				break;
			}
			elements[place] = elements[least] as Element;
			place = least;
		}
		elements[place] = element;
	}
}
