import {writeFileSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {StreambedError} from '#core/errors.ts';
import {type BatchProcess, runBatch, startBatch} from './batch-process.ts';
import {inNetworkNamespace} from './network-namespace.ts';
import type {PlannedNamespace, TopologyPlan} from './topology-plan.ts';

/**
 * Builds a planned topology in this process's network and mount namespace, which must be its own.
 *
 * The commands of the outer namespace are run in a few parts; while one is under way, the namespaces that the parts before made
 * whole are furnished, so that both processors have something to do.
 */
export async function buildTopology(plan: TopologyPlan): Promise<void> {
	const partLength = Math.ceil(plan.outerIp.length / outerParts);
	let doneCount = 0;
	let furnishedCount = 0;
	while (doneCount < plan.outerIp.length) {
		const commands = plan.outerIp.slice(doneCount, doneCount + partLength);
		const part = startBatch({tool: 'ip', commands, where: 'the outer namespace'});
		await furnish(plan.namespaces.filter(whole(furnishedCount, doneCount)));
		furnishedCount = doneCount;
		part.finish();
		doneCount += commands.length;
	}
	await furnish(plan.namespaces.filter(whole(furnishedCount, doneCount)));
}

/** Namespaces that became whole after more than the first and at most the second number of outer commands. */
function whole(beforeCount: number, afterCount: number): (namespace: PlannedNamespace) => boolean {
	return ({wholeAfterCount}) => wholeAfterCount > beforeCount && wholeAfterCount <= afterCount;
}

/** Queues come before devices are set up: changing the queue of a device that is up waits for the kernel's grace period. */
async function furnish(namespaces: readonly PlannedNamespace[]): Promise<void> {
	const underWay = new Set<BatchProcess>();
	for (const [index, namespace] of namespaces.entries()) {
		inNetworkNamespace(namespace.site, () => {
			const where = `the namespace of ${namespace.site}`;
			runBatch({tool: 'nft', commands: namespace.nft, where});
			const queues = startBatch({tool: 'tc', commands: namespace.tc, where});
			applySettings(namespace);
			queues.finish();
			underWay.add(startBatch({tool: 'ip', commands: namespace.ip, where}));
		});
		finishOldest(underWay, batchesAtOnce);
		if (index % namespacesPerTurn === namespacesPerTurn - 1) {
			await nextTurn();
		}
	}
	finishOldest(underWay, 0);
}

function finishOldest(underWay: Set<BatchProcess>, left: number): void {
	for (const batch of underWay) {
		if (underWay.size <= left) {
			return;
		}
		underWay.delete(batch);
		batch.finish();
	}
}

function applySettings({site, settings}: PlannedNamespace): void {
	for (const {path, value, optional} of settings) {
		try {
			writeFileSync(`/proc/sys/${path}`, value);
		} catch (cause) {
			if (optional && isMissing(cause)) {
				continue;
			}
			throw new StreambedError('KERNEL_LACKS', `${path} cannot be set to ${value} for ${site}`, {cause});
		}
	}
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** More batches than that only wait for the kernel's network lock. */
const batchesAtOnce = 3;
/** Each part costs the start of one more process. */
const outerParts = 4;
/** After so many the holder looks whether its harness still lives. */
const namespacesPerTurn = 16;
