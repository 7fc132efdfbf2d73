/** A piece of a chunk as a transport carries it: an encoded chunk header, and the bytes it speaks of. */
export type Slice = {readonly header: Buffer; readonly payload: Buffer};

/**
 * A way to carry slices from one site to the next. Slices of one sender come out in the order they went in; slices of
 * different senders mix.
 */
export type Transport = {
	/** Rejects when the endpoint cannot be listened at. */
	listen(options: {readonly endpoint: string}): Promise<Receiver>;
	/** Each sender is a connection of its own, so that streams share a link as connections do. */
	connect(options: {readonly endpoint: string}): Promise<Sender>;
	/** A sender that listens until its receiver connects; of transports that can. Rejects when the endpoint cannot be listened at. */
	offer?(options: {readonly endpoint: string}): Promise<Sender>;
};

/** Where the slices of all senders to one site come out. Iterate it once; iteration ends when it is disposed of. */
export type Receiver = AsyncDisposable &
	AsyncIterable<Slice> & {
		/**
		 * Of transports whose slices are fetched: fetches those of a source too, until that is disposed of. `onBroken` hears
		 * that it can be read no longer, and the other sources go on; without a listener, iteration ends with the error.
		 */
		subscribe?(source: string, onBroken?: (error: unknown) => void): Promise<AsyncDisposable>;
	};

export type Sender = AsyncDisposable & {
	/**
	 * Resolves once the sender's short queue has taken the slice: a receiver that stalls is felt here. One call at a time.
	 * Rejects when the sender is disposed of meanwhile; what is queued is dropped then. The buffers must not change after
	 * the call.
	 */
	send(slice: Slice): Promise<void>;
};
