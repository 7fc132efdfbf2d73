/** A line and whose it is, as the switchboard and the harness exchange them. */
export type Frame = {
	/** A member, or the switchboard itself. */
	readonly member: string;
	readonly line: string;
};

/** What the switchboard says of itself, or is told: no member can have this name. */
export const switchboardItself = '*';

/** As it travels: the name, a space, the line. */
export const frameText = ({member, line}: Frame): string => `${member} ${line}\n`;

/** Of a line without its end; nothing where it names nobody. */
export function parseFrame(text: string): Frame | undefined {
	const space = text.indexOf(' ');
	return space > 0 ? {member: text.slice(0, space), line: text.slice(space + 1)} : undefined;
}
