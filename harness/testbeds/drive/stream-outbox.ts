import type {NodeCommand} from '#core/control/messages.ts';
import type {Deployment} from '../testbed.ts';

/** Commands about streams, in their order; those of a stream whose topics are still being made wait until they are. */
export class StreamOutbox {
	readonly #deployment: Pick<Deployment, 'send'>;
	readonly #onError: (error: unknown) => void;
	readonly #held = new Map<string, Promise<void>>();

	constructor({
		deployment,
		onError,
	}: {readonly deployment: Pick<Deployment, 'send'>; readonly onError: (error: unknown) => void}) {
		this.#deployment = deployment;
		this.#onError = onError;
	}

	/** Holds back what is sent from now on about a stream. */
	hold(stream: string, until: Promise<void>): void {
		this.#queue(stream, () => until);
	}

	send(stream: string, site: string, command: NodeCommand): void {
		if (this.#held.has(stream)) {
			this.#queue(stream, () => this.#deployment.send(site, command));
		} else {
			this.#deployment.send(site, command);
		}
	}

	#queue(stream: string, step: () => void | Promise<void>): void {
		const last = (this.#held.get(stream) ?? Promise.resolve())
			.then(step)
			.catch(this.#onError)
			.then(() => {
				if (this.#held.get(stream) === last) {
					this.#held.delete(stream);
				}
			});
		this.#held.set(stream, last);
	}
}
