import assert from 'node:assert/strict';

/** One command of `ip`, `tc` or `nft`, without the program's name: `['link', 'set', 'dev', 'lo', 'up']`. */
export type Command = readonly string[];

/** Commands as the text that `ip -batch -`, `tc -batch -` and `nft -f -` read: one a line. */
export function batchText(commands: readonly Command[]): string {
	return commands.map(command => `${batchLine(command)}\n`).join('');
}

/** One command as a line. A word with a space, a quote or a `#` would be read as something else, so it is refused. */
export function batchLine(command: Command): string {
	for (const word of command) {
		assert(/^(?:[\w.:/@+=,-]+|[{};])$/.test(word), `${JSON.stringify(word)} cannot stand in a batch`);
	}
	return command.join(' ');
}
