import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {ErrorCode} from '#core/errors.ts';

/** What can be asked of a program that runs others, by name: each request with its answer. */
export type CallTable = Readonly<Record<string, {readonly request: unknown; readonly answer: unknown}>>;

export type NameOf<Calls> = keyof Calls & string;

/** What the harness says to a program that runs others at sites: one JSON object a line. */
export type RemoteRequest<Calls extends CallTable> =
	| RemoteCall<Calls>
	/** Nobody waits for the answer any more. */
	| {readonly kind: 'cancel'; readonly id: number}
	| {readonly kind: 'command'; readonly program: string; readonly command: ProgramCommand};

export type RemoteCall<Calls extends CallTable> = {
	[Name in NameOf<Calls>]: {
		readonly kind: 'call';
		readonly id: number;
		readonly name: Name;
		readonly request: Calls[Name]['request'];
	};
}[NameOf<Calls>];

/** What such a program says to the harness. */
export type RemoteReport<Calls extends CallTable, Hello extends object> =
	/** It waits for requests. */
	| ({readonly kind: 'hello'} & Hello)
	| {readonly kind: 'answer'; readonly id: number; readonly answer: Calls[NameOf<Calls>]['answer']}
	| {
			readonly kind: 'refusal';
			readonly id: number;
			readonly code: ErrorCode;
			readonly message: string;
			readonly hint?: string;
	  }
	| {readonly kind: 'event'; readonly program: string; readonly event: NodeEvent}
	/** A program ended before it was told to. */
	| {readonly kind: 'lost'; readonly program: string; readonly reason: string};

/** What such a program does when it is asked: one function a call. */
export type Services<Calls extends CallTable> = {
	readonly [Name in NameOf<Calls>]: (
		request: Calls[Name]['request'],
		signal: AbortSignal,
	) => Promise<Calls[Name]['answer']>;
};
