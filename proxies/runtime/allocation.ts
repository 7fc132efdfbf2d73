import type {Scenario} from '#core/scenario/schema.ts';
import type {Allocation} from './messages.ts';
import type {StreamState} from './stream-state.ts';
import {subscriptionPlan} from './subscription-plan.ts';

/** Where a stream stands and what it holds there, as it is told to those who carry it out. */
export function allocationOf(scenario: Scenario, state: StreamState): Allocation {
	const {stream, streamIndex, candidate, reservations, completionSeconds, resolutionRatio} = state;
	const {path, placement, hopBytes, objectiveByteKm, costUsd} = candidate;
	return {
		stream,
		streamIndex,
		placement,
		path,
		hopBytes,
		reservations,
		subscriptions: subscriptionPlan(scenario, {stream, streamIndex, path, placement}),
		objectiveByteKm,
		completionSeconds,
		costUsd,
		resolutionRatio,
	};
}
