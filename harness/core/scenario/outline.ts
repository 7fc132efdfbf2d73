import {parseQuantity} from '../quantities.ts';
import type {Seconds} from '../units.ts';

/**
 * The names in a scenario and how they hang together, read leniently from what the author wrote: what is not of the right
 * shape is left out (the schema complains about it), so that wrong names are found in the same pass as wrong values.
 */
export type ScenarioOutline = {
	readonly sites: ReadonlyMap<string, string | undefined>;
	readonly links: ReadonlyArray<{readonly name: string | undefined; readonly between: readonly string[]}>;
	readonly timeline: ReadonlyArray<{
		readonly link: string | undefined;
		readonly site: string | undefined;
		readonly fault: string | undefined;
		/** Whether the site is lost for good. */
		readonly isLoss: boolean;
		readonly atSeconds: Seconds | undefined;
	}>;
	readonly driveSeconds: Seconds | undefined;
	readonly stageCount: number;
};

/** The drive time where the author wrote none is the schema's to say: `defaultDriveSeconds`. */
export function outlineOf(raw: unknown, defaultDriveSeconds: Seconds): ScenarioOutline {
	const root = object(raw);
	const topology = object(root.topology);
	const drive = object(root.timing).drive;
	const stages = object(root.workload).stages;
	return {
		sites: new Map(Object.entries(object(topology.sites)).map(([name, site]) => [name, text(object(site).role)])),
		links: list(topology.links).map(entry => ({
			name: text(object(entry).name),
			between: list(object(entry).between).filter(end => typeof end === 'string'),
		})),
		timeline: list(root.timeline).map(entry => ({
			link: text(object(entry).link),
			site: text(object(entry).site),
			fault: text(object(entry).fault),
			isLoss: object(entry).fault === 'lost',
			atSeconds: duration(object(entry).at),
		})),
		driveSeconds: drive === undefined ? defaultDriveSeconds : duration(drive),
		stageCount: list(stages).length,
	};
}

function object(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

function duration(value: unknown): Seconds | undefined {
	return typeof value === 'string' ? parseQuantity('duration', value) : undefined;
}
