/** Whether a program has said what is waited for, in whichever pieces its output comes. */
export class AwaitedText {
	readonly #text: string;
	/** As much of what was said last as could be the beginning of it. */
	#tail = '';
	#isFound = false;

	constructor(text: string) {
		this.#text = text;
	}

	get isFound(): boolean {
		return this.#isFound;
	}

	hear(piece: string): void {
		const said = this.#tail + piece;
		this.#isFound ||= said.includes(this.#text);
		this.#tail = said.slice(-this.#text.length);
	}
}
