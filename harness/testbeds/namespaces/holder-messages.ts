import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {ErrorCode} from '#core/errors.ts';
import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import type {TopologyPlan} from '#netem/topology-plan.ts';

/** What the harness and the holder say to each other, one JSON object a line over the holder's standard input and output. */

/** A program to run at a site: a bundle that Node runs, called as its site is unless it has a name of its own. */
export type SiteProgram = {readonly site: string; readonly path: string; readonly name?: string};

/** Instants of the monotonic clock travel as decimal text. */
export type LinkCountersText = {
	readonly link: string;
	readonly from: string;
	readonly atNs: string;
	readonly bytes: number;
	readonly droppedCount: number;
	readonly backlogBytes: number;
};

/** Each thing that the holder can be asked, with what it answers. */
export type HolderCalls = {
	readonly build: {readonly request: {readonly plan: TopologyPlan}; readonly answer: null};
	readonly 'start-programs': {readonly request: {readonly programs: readonly SiteProgram[]}; readonly answer: null};
	readonly calibrate: {
		readonly request: {readonly secondsPerLink: Seconds};
		readonly answer: readonly LinkCalibration[];
	};
	readonly 'change-rate': {
		readonly request: {readonly link: string; readonly bitsPerSecond: BitsPerSecond};
		readonly answer: {readonly appliedNs: string; readonly observedNs: string};
	};
	readonly 'sample-links': {readonly request: object; readonly answer: readonly LinkCountersText[]};
	readonly 'kill-program': {readonly request: {readonly site: string}; readonly answer: null};
	readonly 'stall-program': {
		readonly request: {readonly site: string; readonly seconds: Seconds};
		readonly answer: null;
	};
	readonly 'probe-link': {readonly request: ProbeRequest; readonly answer: LinkProbe};
	readonly 'congestion-control': {readonly request: object; readonly answer: readonly string[]};
};

export type HolderCallName = keyof HolderCalls;

export type HolderRequest =
	| {
			[Name in HolderCallName]: {
				readonly kind: 'call';
				readonly id: number;
				readonly name: Name;
				readonly request: HolderCalls[Name]['request'];
			};
	  }[HolderCallName]
	/** Nobody waits for the answer any more. */
	| {readonly kind: 'cancel'; readonly id: number}
	| {readonly kind: 'command'; readonly site: string; readonly command: ProgramCommand};

export type HolderReport =
	/** It has its namespaces and waits for requests. */
	| {readonly kind: 'hello'}
	| {readonly kind: 'answer'; readonly id: number; readonly answer: HolderCalls[HolderCallName]['answer']}
	| {
			readonly kind: 'refusal';
			readonly id: number;
			readonly code: ErrorCode;
			readonly message: string;
			readonly hint?: string;
	  }
	| {readonly kind: 'event'; readonly site: string; readonly event: NodeEvent}
	| {readonly kind: 'lost'; readonly site: string; readonly reason: string};
