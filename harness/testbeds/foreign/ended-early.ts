import {StreambedError} from '#core/errors.ts';

/** A foreign program ended before it was ready; `reason` has its exit code and its last lines. */
export const endedEarly = ({site, reason}: {readonly site: string; readonly reason: string}): StreambedError =>
	new StreambedError('NODE_LOST', `the foreign program at ${site} ended before it was ready: ${reason}`, {
		hint: `see topology.sites.${site}.command and environment; all that it wrote is in ${site}.log, among the logs of the run`,
	});
