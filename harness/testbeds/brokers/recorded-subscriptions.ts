import type {Allocation, Subscription} from '#proxies/runtime/messages.ts';

/** The subscriptions of a stream as its record has them; nothing where the stack has no brokers. */
export function recordedSubscriptions({subscriptions}: Pick<Allocation, 'subscriptions'>): {
	readonly subscriptions?: Subscription[];
} {
	return subscriptions.length === 0 ? {} : {subscriptions: [...subscriptions]};
}
