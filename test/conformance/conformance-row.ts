import type {WireClient} from '../support/wire-client.ts';

/** What a probe is given: a server under test, and names and ports that no other probe uses. */
export type ProbeContext = {
	/** A fresh connection to the control server. */
	connect(): WireClient;
	/** A uid that was not used before. */
	uid(): string;
	/** A producing application that says `name` to whoever connects, then echoes; ended with the suite. */
	application(name: string): Promise<string>;
	/** The tokens of two identities, where the server wants them. */
	readonly token?: string;
	readonly otherToken?: string;
};

/** What was seen: a word or two that can be compared, or why nothing could be. */
export type Observation =
	| {readonly kind: 'seen'; readonly what: string}
	| {readonly kind: 'failed'; readonly why: string}
	| {readonly kind: 'skipped'; readonly why: string};

export type ConformanceRow = {
	/** A call of the table, or a defect by its number. */
	readonly row: string;
	/** What the original does, in the words of an observation. */
	readonly original: string;
	/** Whether the original's way is a defect, or one of two that can be lived with. */
	readonly isDefect: boolean;
	readonly probe: (context: ProbeContext) => Promise<Observation>;
};

export const seen = (what: string): Observation => ({kind: 'seen', what});
export const skipped = (why: string): Observation => ({kind: 'skipped', why});
