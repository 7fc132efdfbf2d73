import {type ErrorCode, StreambedError} from '#core/errors.ts';
import type {SimulatedEnd} from '../testbed.ts';

/** How a draw ended, as it goes from where it was simulated to the harness: an error loses its class on the way. */
export type TravellingEnd = Omit<SimulatedEnd, 'failure'> & {
	readonly failure?: {readonly code: ErrorCode; readonly message: string; readonly hint?: string};
};

export function departing({failure, ...end}: SimulatedEnd): TravellingEnd {
	if (!failure) {
		return end;
	}
	const {code, message, hint} = failure;
	return {...end, failure: {code, message, ...(hint === undefined ? {} : {hint})}};
}

export function arrived({failure, ...end}: TravellingEnd): SimulatedEnd {
	if (!failure) {
		return end;
	}
	const {code, message, hint} = failure;
	return {...end, failure: new StreambedError(code, message, hint === undefined ? {} : {hint})};
}
