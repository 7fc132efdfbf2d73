import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {AgentCalls, AgentHello} from '../docker/agent-messages.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsageText} from '../foreign/foreign-usage.ts';

/** What the harness asks of the agent of a service, beside what it asks of any agent. */
export type SwarmAgentCalls = AgentCalls & {
	/** Of the switchboard, whose clock is the harness's. Nanoseconds as decimal text. */
	readonly 'measure-clock': {
		readonly request: object;
		readonly answer: {readonly offsetNs: string; readonly uncertaintyNs: string};
	};
	/** What reaches the far end of a link from here, before the link is shaped. */
	readonly 'measure-underlay': {
		readonly request: {
			/** The addresses that the engine gave to both ends. */
			readonly address: string;
			readonly farAddress: string;
			readonly seconds: Seconds;
		};
		readonly answer: {readonly layer2BitsPerSecond: BitsPerSecond};
	};
	/** What has been written to the files of a folder since the last time, or the next of it; nothing once all is told. */
	readonly 'read-on': {
		readonly request: {readonly folder: string};
		readonly answer: {readonly parts: readonly FilePart[]};
	};
	/** An overlay passes no question for an address that it did not give: the answers are told instead. */
	readonly 'meet-neighbours': {
		readonly request: {readonly neighbours: readonly Neighbour[]};
		readonly answer: null;
	};
	/** At the engine of the node, which the agent of a foreign site alone can speak to. */
	readonly 'find-foreign-image': {
		readonly request: {readonly name: string; readonly key: string};
		readonly answer: {readonly digest: string; readonly id: string};
	};
	/** Answers when it is ready; `lost` tells of its end after that. */
	readonly 'start-foreign': {
		readonly request: {
			readonly program: ForeignProgram;
			/** Of its container. */
			readonly name: string;
			readonly labels: Readonly<Record<string, string>>;
		};
		readonly answer: null;
	};
	/** Nothing where the engine does not tell. */
	readonly 'foreign-usage': {readonly request: object; readonly answer: Omit<ForeignUsageText, 'probe'> | null};
};

/** The next bytes of a file, in base64. */
export type FilePart = {readonly file: string; readonly base64: string};

/** The far end of a link: its address of the plan, and that of its interface. */
export type Neighbour = {readonly device: string; readonly address: string; readonly hardwareAddress: string};

export type SwarmAgentHello = AgentHello & {
	/** Names the monotonic clock of the site. */
	readonly clock: string;
	/** As the engine made them. */
	readonly interfaces: readonly EngineInterface[];
};

export type EngineInterface = {readonly address: string; readonly hardwareAddress: string};
