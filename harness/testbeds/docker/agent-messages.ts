import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {ErrorCode} from '#core/errors.ts';
import type {BitsPerSecond, Ms, Seconds} from '#core/units.ts';
import type {DirectionRate} from '#netem/calibration/measure-rate.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import type {PlannedLink, PlannedNamespace} from '#netem/topology-plan.ts';
import type {LinkCountersText, SiteProgram} from '../namespaces/holder-messages.ts';
import type {EngineDevice} from './adopted-devices.ts';

/**
 * What the harness and the agent of a site's container say to each other, one JSON object a line over the container's standard input and
 * output, which the engine carries: never over a link. Paths are relative to the package, wherever that stands in the image.
 */
export type AgentCalls = {
	readonly furnish: {
		readonly request: {
			readonly namespace: PlannedNamespace;
			/** Those that end here. */
			readonly links: readonly PlannedLink[];
			readonly devices: readonly EngineDevice[];
		};
		readonly answer: null;
	};
	readonly 'start-programs': {readonly request: {readonly programs: readonly SiteProgram[]}; readonly answer: null};
	readonly 'measure-delay': {readonly request: {readonly link: string}; readonly answer: {readonly delayMs: Ms}};
	/** Of what leaves here; answers when the queue is empty again. */
	readonly 'measure-rate': {
		readonly request: {readonly link: string; readonly seconds: Seconds};
		readonly answer: DirectionRate;
	};
	readonly 'change-rate': {
		readonly request: {readonly link: string; readonly bitsPerSecond: BitsPerSecond};
		readonly answer: {readonly appliedNs: string; readonly observedNs: string};
	};
	readonly 'sample-links': {readonly request: object; readonly answer: readonly LinkCountersText[]};
	readonly 'kill-program': {readonly request: object; readonly answer: null};
	readonly 'probe-link': {readonly request: ProbeRequest; readonly answer: LinkProbe};
	readonly 'congestion-control': {readonly request: object; readonly answer: readonly string[]};
};

export type AgentCallName = keyof AgentCalls;

export type AgentRequest =
	| {
			[Name in AgentCallName]: {
				readonly kind: 'call';
				readonly id: number;
				readonly name: Name;
				readonly request: AgentCalls[Name]['request'];
			};
	  }[AgentCallName]
	/** Nobody waits for the answer any more. */
	| {readonly kind: 'cancel'; readonly id: number}
	| {readonly kind: 'command'; readonly program: string; readonly command: ProgramCommand};

export type AgentReport =
	/** It waits for requests. Which kernel it sees, and which programs it has, must be what the harness expects. */
	| {readonly kind: 'hello'; readonly bootId: string; readonly programs: string}
	| {readonly kind: 'answer'; readonly id: number; readonly answer: AgentCalls[AgentCallName]['answer']}
	| {
			readonly kind: 'refusal';
			readonly id: number;
			readonly code: ErrorCode;
			readonly message: string;
			readonly hint?: string;
	  }
	| {readonly kind: 'event'; readonly program: string; readonly event: NodeEvent}
	| {readonly kind: 'lost'; readonly program: string; readonly reason: string};
