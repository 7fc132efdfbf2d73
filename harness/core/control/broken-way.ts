import {StreambedError} from '../errors.ts';
import type {StreamPlan} from './messages.ts';
import type {NodeContext} from './node-program.ts';

/**
 * What a program does with an error of one stream's connections. That the other side has gone is for the harness to judge, and
 * the program goes on with its other streams; anything else ends it.
 */
export function brokenWay(
	{say, fail}: Pick<NodeContext, 'say' | 'fail'>,
	{stream, streamIndex}: Pick<StreamPlan, 'stream' | 'streamIndex'>,
): (error: unknown) => void {
	return error => {
		if (error instanceof StreambedError && error.code === 'NODE_LOST') {
			const {message, hint} = error;
			say({kind: 'stream-broken', stream, streamIndex, message, ...(hint === undefined ? {} : {hint})});
		} else {
			fail(error);
		}
	};
}
