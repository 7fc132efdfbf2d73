import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Bytes} from '#core/units.ts';

/** How many whole slices a window has room for; a checked scenario has room for one. */
export const windowCount = (
	{windowBytes}: Pick<Extract<Broker, {readonly windowBytes: Bytes}>, 'windowBytes'>,
	sliceBytes: Bytes,
): number => Math.floor(windowBytes / sliceBytes);
