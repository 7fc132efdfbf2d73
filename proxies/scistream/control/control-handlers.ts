import type {handleUnaryCall, MethodDefinition, ServerUnaryCall, UntypedServiceImplementation} from '@grpc/grpc-js';
import {status} from '@grpc/grpc-js';
import {StreambedError} from '#core/errors.ts';
import type {WireHello, WireRelease, WireRequest, WireUpdate} from '../control-protocol.ts';
import {CallRefusal} from './call-refusal.ts';
import {checkHello, checkRequest, checkUid, checkUpdate} from './check-messages.ts';
import type {Identify} from './identities.ts';
import type {Caller, SessionBook} from './session-book.ts';

/** Stands for a message that could not be read: the handler refuses it, where the library would call it a fault of the server. */
const unreadable = Symbol('unreadable');

/** The methods of both services. Whatever a call brings, it gets an answer or a gRPC status. */
export function controlHandlers({
	book,
	identify,
	onFault,
}: {
	readonly book: SessionBook;
	readonly identify: Identify;
	/** Told of errors that are ours. */
	readonly onFault: (error: unknown) => void;
}): {readonly control: UntypedServiceImplementation; readonly sessions: UntypedServiceImplementation} {
	const unary = <Message, Answer>(
		handle: (message: Message, caller: Caller) => Answer | Promise<Answer>,
	): handleUnaryCall<Message | typeof unreadable, Answer> => {
		return (call, callback) => {
			answer(call, handle).then(
				value => callback(null, value),
				(error: unknown) => callback(statusOf(error, onFault)),
			);
		};
	};
	const answer = async <Message, Answer>(
		call: ServerUnaryCall<Message | typeof unreadable, Answer>,
		handle: (message: Message, caller: Caller) => Answer | Promise<Answer>,
	): Promise<Answer> => {
		const leaving = new AbortController();
		call.once('cancelled', () => leaving.abort());
		const identity = identify(tokenOf(call));
		if (call.request === unreadable) {
			throw new CallRefusal('INVALID_ARGUMENT', 'the message cannot be read as the contract has it');
		}
		return handle(call.request as Message, {identity, gone: leaving.signal});
	};
	return {
		control: {
			req: unary((message: WireRequest, caller) => book.request(checkRequest(message), caller)),
			hello: unary((message: WireHello, caller) => ({
				message: 'the producer’s listeners are noted',
				listeners: book.hello(message.uid, checkHello(message), caller),
			})),
			update: unary((message: WireUpdate, caller) => book.update({uid: message.uid, ...checkUpdate(message)}, caller)),
			release: unary(({uid}: WireRelease, caller) => book.release(checkUid(uid), caller)),
		},
		sessions: {
			status: unary(({uid}: {readonly uid: string}, caller) => book.status(checkUid(uid), caller)),
			list: unary((_: unknown, caller) => book.list(caller)),
		},
	};
}

/** A service that hands messages that cannot be read to its handlers. */
export function tolerant<Service extends Readonly<Record<string, unknown>>>(service: Service): Service {
	const methods = Object.entries(service as unknown as Record<string, MethodDefinition<object, object>>);
	const changed = methods.map(([name, method]) => [
		name,
		{...method, requestDeserialize: (bytes: Buffer) => readOr(unreadable, () => method.requestDeserialize(bytes))},
	]);
	return Object.fromEntries(changed) as Service;
}

function readOr<Value, Other>(other: Other, read: () => Value): Value | Other {
	try {
		return read();
	} catch {
		// Bytes that are no message are the caller's mistake, and are answered as such.
		return other;
	}
}

function tokenOf({metadata}: ServerUnaryCall<unknown, unknown>): string | undefined {
	const [value] = metadata.get('authorization');
	return value?.toString();
}

function statusOf(error: unknown, onFault: (error: unknown) => void): {code: status; details: string} {
	if (error instanceof CallRefusal) {
		return {code: error.code, details: error.message};
	}
	if (error instanceof StreambedError) {
		const hint = error.hint === undefined ? '' : ` (${error.hint})`;
		// What keeps a data server from starting: asking again alone does not help.
		return {code: status.FAILED_PRECONDITION, details: `${error.message}${hint}`};
	}
	onFault(error);
	return {code: status.INTERNAL, details: 'a fault of the control server; its log tells more'};
}
