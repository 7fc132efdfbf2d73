import type {RecordBody} from '#core/records/schema.ts';
import type {PlannedRequest} from '#core/scenario/planned-request.ts';
import type {Seconds} from '#core/units.ts';
import type {Acceptance, Allocation, BrainAction, Move} from '#proxies/runtime/messages.ts';
import {recordedSubscriptions} from '../brokers/recorded-subscriptions.ts';

/** A request came; it lasts until the end of driving at most. */
export function arrivedRecord(request: PlannedRequest, driveSeconds: Seconds): RecordBody {
	const {request: name, atSeconds: t, minimumResolutionRatio, deadlineSeconds, budgetUsdPerChunk, source} = request;
	const durationSeconds = Math.min(request.durationSeconds, driveSeconds - t);
	const asked = {minimumResolutionRatio, deadlineSeconds, budgetUsdPerChunk, durationSeconds};
	return {kind: 'request.arrived', t, request: name, ...asked, ...(source === undefined ? {} : {source})};
}

/** It was accepted, and this is what its stream was given. */
export function acceptedRecord(
	acceptance: Acceptance,
	{minimumResolutionRatio}: PlannedRequest,
	t: Seconds,
): RecordBody {
	const {request, stream, carrier, objectiveByteKm, completionSeconds, costUsd} = acceptance;
	return {
		kind: 'request.accepted',
		t,
		request,
		stream,
		...(carrier === undefined ? {} : {carrier}),
		minimumResolutionRatio,
		...allocated(acceptance),
		objectiveByteKm,
		completionSeconds,
		costUsd,
	};
}

/** It was not accepted, and this is what it would have lacked. */
export function rejectedRecord(
	{request, reason, detail}: Extract<BrainAction, {kind: 'reject'}>,
	{minimumResolutionRatio}: PlannedRequest,
	t: Seconds,
): RecordBody {
	return {kind: 'request.rejected', t, request, minimumResolutionRatio, reason, detail};
}

/** The stream goes on elsewhere, and this is what it was given there. */
export function replacedRecord(move: Move, t: Seconds): RecordBody {
	const {stream, reason, completionSeconds, costUsd, resolutionRatio} = move;
	return {
		kind: 'stream.replaced',
		t,
		stream,
		reason,
		...allocated(move),
		completionSeconds,
		costUsd,
		resolutionRatio,
	};
}

function allocated(allocation: Allocation) {
	const {placement, reservations} = allocation;
	return {
		placement: placement.map(({stage, site}) => ({stage, site})),
		reservations: [...reservations],
		...recordedSubscriptions(allocation),
	};
}
