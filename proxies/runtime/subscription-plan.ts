import {forwards} from '#core/scenario/forwards.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Allocation, Subscription} from './messages.ts';

/**
 * Who writes and reads which topic at whose broker, along a stream's way. Pure.
 *
 * A site writes to the broker of the next site, over the links between them, and reads from its own. The consumer has no broker:
 * the last site on the way writes to its own, and the consumer fetches from there over the last links. Routers have neither.
 * A topic is named for its stream, for the allocation (a stream that moves gets new ones), for its place on the way and for the stage that the
 * data has passed: `stream-3.7.1.window-2`. Empty where the stack has no brokers.
 */
export function subscriptionPlan(
	{stack, topology: {sites}}: Pick<Scenario, 'stack' | 'topology'>,
	{stream, streamIndex, path, placement}: Pick<Allocation, 'stream' | 'streamIndex' | 'path' | 'placement'>,
): readonly Subscription[] {
	if (!stack.broker) {
		return [];
	}
	const programs = [path[0]?.from ?? '', ...path.map(({to}) => to)].filter(site => !forwards(sites[site]?.role));
	const subscriptions: Subscription[] = [];
	for (const [index, writer] of programs.slice(0, -1).entries()) {
		const reader = programs[index + 1] as string;
		const passed = placement.findLast(({site}) => programs.indexOf(site) <= index);
		subscriptions.push({
			topic: [stream, streamIndex, index, passed?.stage ?? 'raw'].join('.'),
			broker: sites[reader]?.role === 'consumer' ? writer : reader,
			writer,
			reader,
		});
	}
	return subscriptions;
}
