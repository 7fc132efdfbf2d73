import type {Seconds} from '#core/units.ts';

/** How long a program waits for a broker. Real time. */
export const brokerClientLimits = {
	connectSeconds: 10 as Seconds,
	/** A slow link carries other streams before an answer. */
	answerSeconds: 60 as Seconds,
} as const;
