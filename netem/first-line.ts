/** The first line of what a tool or the kernel said. */
export function firstLine(text: string): string {
	return text.trim().split('\n', 1)[0] ?? '';
}
