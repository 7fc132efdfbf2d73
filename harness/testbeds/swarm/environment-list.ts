/** Variables as an engine takes them. */
export const environmentList = (variables: Readonly<Record<string, string>>): string[] =>
	Object.entries(variables).map(([name, value]) => `${name}=${value}`);
