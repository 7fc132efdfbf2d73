import type {LinkCalibration} from '#core/records/run-document.ts';
import type {BitsPerSecond, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import type {TopologyPlan} from '#netem/topology-plan.ts';
import type {ForeignProgram} from '../foreign/foreign-program.ts';
import type {ForeignUsageText} from '../foreign/foreign-usage.ts';
import type {LinkCountersText} from '../remote/link-counters-text.ts';
import type {SiteProgram} from '../remote/site-program.ts';

/** Each thing that the holder can be asked, with what it answers, over its standard input and output. */
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
	/** Answers when the program is ready. */
	readonly 'start-foreign': {
		readonly request: {readonly program: ForeignProgram; readonly logPath: string};
		readonly answer: null;
	};
	readonly 'sample-foreign': {readonly request: object; readonly answer: readonly ForeignUsageText[]};
	readonly 'probe-link': {readonly request: ProbeRequest; readonly answer: LinkProbe};
	readonly 'congestion-control': {readonly request: object; readonly answer: readonly string[]};
};
