/** What a foreign site is told in its command and environment: where it stands, and where it is to send on. */
export const placeholderNames = ['next.host', 'next.port', 'here.host', 'here.port'] as const;

/** The names that stand in a text as `${a.b}`. `${HOME}` and other names without a dot are a shell's, and stay as they are. */
export function placeholdersIn(text: string): readonly string[] {
	return [...text.matchAll(placeholder)].map(([, name = '']) => name);
}

export function fillPlaceholders(text: string, values: Readonly<Partial<Record<string, string>>>): string {
	return text.replaceAll(placeholder, (whole, name: string) => values[name] ?? whole);
}

const placeholder = /\$\{(\w+\.\w+)\}/g;
