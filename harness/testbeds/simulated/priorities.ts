/**
 * What comes first among events of one instant. A link that changes at an instant has changed for all that happens then; a
 * chunk that gets there at the instant at which its stream ends is still there in time; what a stream gives back can be
 * given to the request of the same instant; rates are dealt out once, after all that moves them; samples see the outcome.
 * Events of the same instant and priority happen in the order in which they were scheduled.
 */
export const priorities = {
	linkChange: 0,
	movement: 1,
	streamEnd: 2,
	request: 3,
	production: 4,
	reallocation: 5,
	sample: 6,
	phase: 7,
} as const;

export type Priority = (typeof priorities)[keyof typeof priorities];
