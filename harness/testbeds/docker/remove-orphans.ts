import type {Clock} from '#core/clock.ts';
import {openEngine} from './engine.ts';
import {type Removed, removeLabelled} from './remove-labelled.ts';
import {isOrphaned, runLabels} from './run-labels.ts';

/**
 * Removes what killed runs left at the engine: what carries our labels and whose harness is gone. Rejects with ENGINE_UNREACHABLE when there
 * is no engine to ask, with ENGINE_REFUSED when something stays.
 */
export async function removeOrphans(clock: Clock): Promise<readonly Removed[]> {
	return removeLabelled({engine: await openEngine(), label: runLabels.run, wanted: isOrphaned, clock});
}
