import type {Seconds} from '#core/units.ts';
import type {VariantRun} from './run-data.ts';

/** A chunk whose fate is known. */
export type Fate = {
	readonly stream: string;
	readonly plannedSeconds: Seconds;
	/** When it arrived, or was found lost or damaged. */
	readonly t: Seconds;
	readonly arrived: boolean;
	readonly onTime: boolean;
	/** From the planned send until `t`. */
	readonly latencySeconds: Seconds;
};

/** All chunks of a draw whose fate is known, in the order in which they were to be sent. */
export function settledChunks({streams}: VariantRun): readonly Fate[] {
	return streams
		.flatMap(({stream, deliveries, failures}) => [
			...deliveries.map(({t, late, latencySeconds}) => ({
				stream,
				plannedSeconds: t - latencySeconds,
				t,
				arrived: true,
				onTime: !late,
				latencySeconds,
			})),
			...failures.map(({t, plannedSeconds = t}) => ({
				stream,
				plannedSeconds,
				t,
				arrived: false,
				onTime: false,
				latencySeconds: t - plannedSeconds,
			})),
		])
		.sort((a, b) => a.plannedSeconds - b.plannedSeconds);
}
