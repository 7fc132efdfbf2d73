import {status} from '@grpc/grpc-js';

/** Why a call may be refused. A refused call has changed nothing. */
export type RefusalReason =
	| 'INVALID_ARGUMENT'
	| 'ALREADY_EXISTS'
	| 'NOT_FOUND'
	| 'FAILED_PRECONDITION'
	| 'RESOURCE_EXHAUSTED'
	| 'DEADLINE_EXCEEDED'
	| 'PERMISSION_DENIED'
	| 'UNAUTHENTICATED'
	| 'CANCELLED'
	| 'UNAVAILABLE';

/** The answer to a call that is not carried out: its gRPC status, and a sentence for the one who called. */
export class CallRefusal extends Error {
	override readonly name = 'CallRefusal';
	readonly reason: RefusalReason;

	constructor(reason: RefusalReason, message: string) {
		super(message);
		this.reason = reason;
	}

	/** The number that stands for the reason on the wire. */
	get code(): status {
		return status[this.reason];
	}
}
