import type {Seconds} from '#core/units.ts';

/** How long a program waits for a broker. Real time. */
export const brokerClientLimits = {
	connectSeconds: 10 as Seconds,
	/** A slow link carries other streams before an answer. */
	answerSeconds: 60 as Seconds,
	/** The program that keeps a broker knows why it went, and hears of it at the same moment: it is let speak first. */
	lastWordSeconds: 0.5 as Seconds,
} as const;
