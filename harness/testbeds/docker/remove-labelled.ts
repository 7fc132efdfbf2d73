import type {Clock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from './engine.ts';
import {atEngine, engineError, hasStatus} from './engine-error.ts';

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
		const everything = await atEngine(`looking for what carries ${label}`, findLabelled(engine, label));
		const found = everything.filter(({labels}) => wanted(labels));
		if (found.length === 0) {
			return removed;
		}
		// A service would replace its containers; networks and volumes go when no container uses them any more.
		for (const kinds of [['service'], ['container'], ['network', 'volume']]) {
			const settled = await Promise.allSettled(
				found
					.filter(({kind}) => kinds.includes(kind))
					.map(async ({kind, name, remove}) => {
						await remove();
						removed.push({kind, name});
					}),
			);
			const refusals = settled.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []));
			last = refusals.find(refusal => !hasStatus(refusal, 404, 409)) ?? last;
		}
		if (attempt > 0) {
			await clock.sleep(pauseSeconds);
		}
	}
	throw engineError(`removing what carries ${label}`, last ?? new Error('some of it stays'));
}

type Found = Removed & {readonly labels: Readonly<Record<string, string>>; readonly remove: () => Promise<unknown>};

async function findLabelled(engine: Engine, label: string): Promise<readonly Found[]> {
	const filters = {label: [label]};
	const [services, containers, networks, volumes] = await Promise.all([
		listServices(engine, filters),
		engine.listContainers({all: true, filters}),
		engine.listNetworks({filters}),
		engine.listVolumes({filters}),
	]);
	return [
		...services.map(({ID, Spec}) => ({
			kind: 'service' as const,
			name: Spec?.Name ?? ID,
			labels: Spec?.Labels ?? {},
			remove: () => engine.getService(ID).remove(),
		})),
		...containers.map(({Id, Names, Labels}) => ({
			kind: 'container' as const,
			name: Names[0]?.slice(1) ?? Id,
			labels: Labels,
			remove: () => engine.getContainer(Id).remove({force: true, v: true}),
		})),
		...networks.map(({Id, Name, Labels}) => ({
			kind: 'network' as const,
			name: Name,
			labels: Labels ?? {},
			remove: () => engine.getNetwork(Id).remove(),
		})),
		...orNone(volumes.Volumes).map(({Name, Labels}) => ({
			kind: 'volume' as const,
			name: Name,
			labels: Labels,
			remove: () => engine.getVolume(Name).remove(),
		})),
	];
}

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
