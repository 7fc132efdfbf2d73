import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from './engine.ts';
import {atEngine, engineError, hasStatus} from './engine-error.ts';
import {untilTasksEnd} from './until-tasks-end.ts';

export type Removed = {readonly kind: 'service' | 'container' | 'network' | 'volume'; readonly name: string};

/**
 * Removes every service, container, network and volume that carries these labels (`name`, or `name=value`), and that `wanted` agrees to, and
 * gives what it removed. Looks again until nothing is left; rejects with ENGINE_REFUSED when something stays.
 */
export async function removeLabelled({
	engine,
	label,
	wanted = () => true,
	clock,
}: {
	readonly engine: Engine;
	readonly label: string;
	readonly wanted?: (labels: Readonly<Record<string, string>>) => boolean;
	readonly clock: Clock;
}): Promise<readonly Removed[]> {
	const removed: Removed[] = [];
	let last: unknown;
	for (let attempt = 0; attempt < attemptsMax; attempt++) {
		let foundCount = 0;
		for (const find of finders) {
			const everything = await atEngine(`looking for what carries ${label}`, find(engine, {label: [label]}));
			const found = everything.filter(({labels}) => wanted(labels));
			foundCount += found.length;
			const settled = await Promise.allSettled(
				found.map(async ({kind, name, remove}) => {
					await remove();
					removed.push({kind, name});
				}),
			);
			const refusals = settled.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []));
			last = refusals.find(refusal => !hasStatus(refusal, 404, 409)) ?? last;
			const services = found.flatMap(({kind, id}) => (kind === 'service' ? [id] : []));
			if (services.length > 0) {
				await untilTasksEnd({engine, services, clock});
			}
		}
		if (foundCount === 0) {
			return removed;
		}
		if (attempt > 0) {
			await clock.sleep(pauseSeconds);
		}
	}
	throw engineError(`removing what carries ${label}`, last ?? new Error('some of it stays'));
}

type Found = Removed & {
	readonly id: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly remove: () => Promise<unknown>;
};
type Find = (engine: Engine, filters: {readonly label: string[]}) => Promise<readonly Found[]>;

const findServices: Find = async (engine, filters) =>
	(await listServices(engine, filters)).map(({ID, Spec}) => ({
		kind: 'service',
		id: ID,
		name: Spec?.Name ?? ID,
		labels: Spec?.Labels ?? {},
		remove: () => engine.getService(ID).remove(),
	}));

const findContainers: Find = async (engine, filters) =>
	(await engine.listContainers({all: true, filters})).map(({Id, Names, Labels}) => ({
		kind: 'container',
		id: Id,
		name: Names[0]?.slice(1) ?? Id,
		labels: Labels,
		remove: () => engine.getContainer(Id).remove({force: true, v: true}),
	}));

const findNetworks: Find = async (engine, filters) =>
	(await engine.listNetworks({filters})).map(({Id, Name, Labels}) => ({
		kind: 'network',
		id: Id,
		name: Name,
		labels: Labels ?? {},
		remove: () => engine.getNetwork(Id).remove(),
	}));

const findVolumes: Find = async (engine, filters) =>
	orNone((await engine.listVolumes({filters})).Volumes).map(({Name, Labels}) => ({
		kind: 'volume',
		id: Name,
		name: Name,
		labels: Labels,
		remove: () => engine.getVolume(Name).remove(),
	}));

/**
 * In their order: a service would replace its containers; networks and volumes go when no container uses them any more. Services are looked for alone, because
 * an engine that sets up networks answers no question about these for seconds.
 */
const finders: readonly Find[] = [findServices, findContainers, findNetworks, findVolumes];

/** Only a manager of a swarm knows of services. */
async function listServices(engine: Engine, filters: {readonly label: string[]}) {
	try {
		return await engine.listServices({filters});
	} catch (cause) {
		if (hasStatus(cause, 503)) {
			return [];
		}
		throw cause;
	}
}

/** Engines say `null` where there is none, whatever the types of their client say. */
const orNone = <One>(list: readonly One[] | null): readonly One[] => list ?? [];

const attemptsMax = 20;
const pauseSeconds: Seconds = 0.2;
