import {writeFileSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {StreambedError} from '#core/errors.ts';
import {type BatchProcess, runBatch, startBatch} from './batch-process.ts';
import {inNetworkNamespace} from './network-namespace.ts';
import type {PlannedNamespace, TopologyPlan} from './topology-plan.ts';

/**
 * Builds a planned topology in this process's network and mount namespace, which must be its own.
 *
 * Queues come before devices are set up: changing the queue of a device that is up waits for the kernel's grace period.
 */
export async function buildTopology(plan: TopologyPlan): Promise<void> {
	runBatch({tool: 'ip', commands: plan.outerIp, where: 'the outer namespace'});
	const underWay = new Set<BatchProcess>();
	const start = (batch: {tool: 'ip' | 'tc'; namespace: PlannedNamespace}) => {
		const {tool, namespace} = batch;
		underWay.add(startBatch({tool, commands: namespace[tool], where: `the namespace of ${namespace.site}`}));
		finishOldest(underWay, batchesAtOnce);
	};
	for (const tool of ['tc', 'ip'] as const) {
		for (const [index, namespace] of plan.namespaces.entries()) {
			inNetworkNamespace(namespace.site, () => {
				if (tool === 'tc') {
					applySettings(namespace);
				}
				start({tool, namespace});
			});
			if (index % namespacesPerTurn === namespacesPerTurn - 1) {
				await nextTurn();
			}
		}
		finishOldest(underWay, 0);
	}
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

/** Two processors are kept busy by three batches; more of them only wait for the kernel's network lock. */
const batchesAtOnce = 3;
/** After so many the holder looks whether its harness still lives. */
const namespacesPerTurn = 16;
