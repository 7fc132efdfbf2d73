import type {BitsPerSecond, Ms, Seconds} from '#core/units.ts';
import type {DirectionRate} from '#netem/calibration/measure-rate.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import type {PlannedLink, PlannedNamespace} from '#netem/topology-plan.ts';
import type {ServerProbe} from '../foreign/probe-server.ts';
import type {LinkCountersText} from '../remote/link-counters-text.ts';
import type {SiteProgram} from '../remote/site-program.ts';
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
			/** The engine still finds its interfaces, and tells what uses this network. */
			readonly keepsNames?: boolean;
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
	/** At which something listens for TCP, in the network namespace of the agent. */
	readonly 'listening-ports': {readonly request: object; readonly answer: {readonly ports: readonly number[]}};
	readonly 'probe-server': {
		readonly request: {readonly address: string; readonly port: number};
		readonly answer: ServerProbe | null;
	};
	readonly 'probe-link': {readonly request: ProbeRequest; readonly answer: LinkProbe};
	readonly 'congestion-control': {readonly request: object; readonly answer: readonly string[]};
	/** Of all programs of its image. */
	readonly 'programs-digest': {readonly request: object; readonly answer: {readonly digest: string}};
};

/** Which kernel it sees. */
export type AgentHello = {readonly bootId: string};
