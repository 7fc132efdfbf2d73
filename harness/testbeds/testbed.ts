import type {Clock} from '#core/clock.ts';
import type {ProgramCommand} from '#core/control/broker-messages.ts';
import type {NodeEvent} from '#core/control/messages.ts';
import type {StreambedError} from '#core/errors.ts';
import type {RecordLines} from '#core/records/record-lines.ts';
import type {LinkCalibration, SiteHost, UnderlayMeasurement} from '#core/records/run-document.ts';
import type {Phase, RecordBody, RecordKind} from '#core/records/schema.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {BitsPerSecond, Bytes, MonotonicNs, Seconds} from '#core/units.ts';
import type {LinkProbe, ProbeRequest} from '#netem/measurements/probe-link.ts';
import type {ForeignUsage} from './foreign/foreign-usage.ts';
import type {ForeignAbility} from './foreign/refuse-foreign.ts';

/** Where a scenario can run: in simulated time, in namespaces, in containers, on a cluster. */
export type Testbed = RealTestbed | VirtualTestbed;

/** Sites and links that stand and can be disturbed: they are calibrated before a run and watched while it drives. */
export type RealTestbed = {
	readonly name: string;
	readonly time: 'real';
	/**
	 * What can be known before anything is built: throws SCENARIO_INVALID for a scenario that this testbed does not take, and
	 * TOOL_MISSING where this machine lacks what it asks for.
	 */
	refuse(scenario: Scenario): void;
	/** Provisions one variant. Rejects with a StreambedError, and then nothing is left. */
	prepare(options: VariantRunOptions): Promise<VariantRun>;
};

/** A model: there is nothing to calibrate, and draws made at the same time do not disturb one another. */
export type VirtualTestbed = {
	readonly name: string;
	readonly time: 'virtual';
	/** Makes room for simulations. Rejects with a StreambedError, and then nothing is left. */
	open(options: SimulationRoom): Promise<Simulations>;
};

export type SimulationRoom = {
	/** So many draws are simulated at the same time. */
	readonly threadCount: number;
} & Pick<VariantRunOptions, 'label' | 'logFolder' | 'clock' | 'signal'>;

/** Room for simulations. Disposing of it ends what is under way. */
export type Simulations = AsyncDisposable & {
	/** Draws begin in the order in which they are asked for, as soon as there is room. */
	begin(draw: SimulationOrder & {readonly variant: string; readonly repeat: number}): SimulatedDraw;
	/** The same, its records heard where they are made; resolves when the draw has ended. */
	collect(draw: SimulationOrder & {readonly collectorUrl: string}): Promise<CollectedDraw>;
};

export type SimulationOrder = {readonly scenario: Scenario; readonly seed: number; readonly signal: AbortSignal};

export type SimulatedDraw = {
	/**
	 * Hands on the lines of every record in their order, until the draw has ended. A draw that runs ahead of its reader waits
	 * for it, so draws are read in the order in which they were asked for. To be called once.
	 */
	read(onLines: (lines: RecordLines) => void): Promise<SimulatedEnd>;
};

/** What a module exports as `recordCollector`, to hear records in the thread that makes them: only what it finds travels. */
export type RecordCollector = {
	/** Of the module itself. */
	readonly url: string;
	begin(scenario: Scenario): {
		add(record: RecordBody): void;
		/** Something that can be cloned. */
		finish(): unknown;
	};
};

export type CollectedDraw = {
	readonly end: SimulatedEnd;
	readonly collected: unknown;
	/** How many records there were. */
	readonly countByKind: ReadonlyMap<RecordKind, number>;
};

export type SimulatedEnd = VariantEnd & {
	/** Events that the simulation handled. */
	readonly eventCount: number;
};

/** One variant of a scenario on a testbed, from provisioning to release. */
export type VariantRun = AsyncDisposable & {
	calibrate(): Promise<readonly LinkCalibration[]>;
	/** Warms up, drives and drains; scenario second 0 is at `startNs`. Never rejects: what went wrong is in the outcome. */
	drive(startNs: MonotonicNs): Promise<VariantEnd>;
	/** Records that this variant ends before driving, because of an error that may be another variant's. */
	giveUp(error: unknown): void;
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
	/** The images of its containers, each with its digest. */
	readonly images: Readonly<Record<string, string>>;
	/** The machine of each site, as it is known by now; none where all stand on this one. */
	readonly hosts: readonly SiteHost[];
	readonly underlay: readonly UnderlayMeasurement[];
};

export type VariantEnd = {
	readonly outcome: 'completed' | 'interrupted' | 'failed';
	readonly failure?: StreambedError;
	/** As the kernel reports it for the programs' connections. */
	readonly congestionControl: readonly string[];
};

export type VariantRunOptions = {
	readonly scenario: Scenario;
	readonly seed: number;
	/** Tells this deployment from others of the same run: run id, variant and repeat. */
	readonly label: string;
	/** Where what the programs of this variant leave is kept; made when it is needed. */
	readonly logFolder: string;
	/** Called when a phase begins. */
	readonly onPhase: (phase: Phase) => void;
	readonly emit: (record: RecordBody) => void;
	readonly clock: Clock;
	readonly signal: AbortSignal;
};

/** What an emulated testbed provides; the code that drives a scenario over it is the same for all of them. */
export type EmulatedTestbed = {
	readonly name: string;
	/** The programs that stand at sites come with what it deploys, as in an image, and not from this machine. */
	readonly bringsPrograms?: true;
	/** What it runs at foreign sites; without it, nothing. */
	readonly foreign?: ForeignAbility;
	/** It runs servers of the stack, such as brokers and data servers, by the image that a scenario names. */
	readonly serversByImage?: true;
	/** Builds sites and links and starts one program a site; rejects with a StreambedError, and then nothing is left. */
	deploy(options: DeployOptions): Promise<Deployment>;
};

export type DeployOptions = Pick<VariantRunOptions, 'scenario' | 'label' | 'logFolder' | 'signal'>;

/** A topology that stands, with a program running at every site. Disposing of it removes all of it. */
export type Deployment = AsyncDisposable & {
	/** Real seconds that each step of the set-up took. */
	readonly setupSeconds: Readonly<Record<string, Seconds>>;
	/** The images of its containers, each with its digest. Absent where there are none. */
	readonly images?: Readonly<Record<string, string>>;
	/** The machine of each site, as it is known by now. Absent where all stand on this one. */
	readonly hosts?: readonly SiteHost[];
	/** What carries the links from machine to machine. Absent where there is one. */
	readonly underlay?: readonly UnderlayMeasurement[];
	/** To the program of a site, or to one beside it by what that is called. */
	send(site: string, command: ProgramCommand): void;
	/** One listener: what the programs say. */
	onEvent(listener: (site: string, event: NodeEvent) => void): void;
	/** One listener: a program (or, with no site, the whole testbed) ended before it was told to. */
	onLost(listener: (loss: {readonly site?: string; readonly reason: string}) => void): void;
	/** Where a site listens, as its neighbour on this link reaches it. */
	endpoint(hop: {readonly link: string; readonly to: string}): string;
	/** Where the broker of a site is to stand. Absent where a testbed has no brokers. */
	brokerPlace?(site: string): BrokerPlace;
	/** Where a site of a tunnel stands. Absent where a testbed has no gateways. */
	tunnelPlace?(site: string): TunnelPlace;
	/** Measures every link in both directions with real traffic, one link after the other. */
	calibrate(options: {
		readonly secondsPerLink: Seconds;
		readonly signal: AbortSignal;
	}): Promise<readonly LinkCalibration[]>;
	/** Sets both directions of a link; resolves when the kernel has confirmed it by reading back. */
	changeRate(change: {
		readonly link: string;
		readonly bitsPerSecond: BitsPerSecond;
	}): Promise<{readonly appliedNs: MonotonicNs; readonly observedNs: MonotonicNs}>;
	/** Counters of every link and direction, since the deployment began. */
	sampleLinks(): Promise<readonly LinkCounters[]>;
	/** What the programs at foreign sites have used, and how they answer. Absent where a testbed runs none. */
	sampleForeign?(): Promise<readonly ForeignUsage[]>;
	/** Congestion control algorithms that the kernel reports for the programs' connections over the links, without repeats. */
	congestionControl(): Promise<readonly string[]>;
	/** Ends the program of a site without a word; `onLost` hears of it. Absent where a testbed cannot. */
	killProgram?(site: string): Promise<void>;
	/** Lets the program of a site stand still; resolves when it goes on. Absent where a testbed cannot. */
	stallProgram?(stall: {readonly site: string; readonly seconds: Seconds}): Promise<void>;
	/** Sees what a direction of a link carries by a little traffic of its own, beside the streams. Absent where a testbed cannot. */
	probe?(request: ProbeRequest, signal: AbortSignal): Promise<LinkProbe>;
};

export type TunnelPlace = {
	/** As every site reaches it. */
	readonly host: string;
	/** Of a gateway’s own, gone with the site. */
	readonly folder: string;
	/** What a gateway shares with its data servers, where those are containers. */
	readonly serversFolder?: string;
};

export type BrokerPlace = {
	/** Where it listens, as every site reaches it. */
	readonly host: string;
	readonly port: number;
	readonly controllerPort: number;
	readonly dataFolder: string;
	/** Whether a file system of the broker's own can be mounted there, so that what it may hold has a limit. */
	readonly mountsData: boolean;
	/** Java as it stands there; where absent, as on this machine. */
	readonly java?: string;
};

export type LinkCounters = {
	readonly link: string;
	/** The site that sends in this direction. */
	readonly from: string;
	readonly atNs: MonotonicNs;
	/** Layer-2 bytes that left, headers of every frame counted. */
	readonly bytes: Bytes;
	readonly droppedCount: number;
	readonly backlogBytes: Bytes;
};
