import type {Readable, Writable} from 'node:stream';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {StreambedError} from '#core/errors.ts';
import type {SitePrograms} from '../namespaces/site-programs.ts';
import type {CallTable, RemoteCall, RemoteReport, RemoteRequest, Services} from './messages.ts';

/**
 * The far end of a connection: answers what the harness asks, over the standard input and output unless others are given, hands its commands on to the
 * programs, and leaves when the harness is gone. Says hello at once.
 */
export function serveRequests<Calls extends CallTable, Hello extends object>({
	services,
	programs,
	hello,
	input = process.stdin,
	output = process.stdout,
	leave = () => process.exit(0),
}: {
	readonly services: Services<Calls>;
	readonly programs: Pick<SitePrograms, 'send'>;
	readonly hello: Hello;
	readonly input?: Readable;
	readonly output?: Writable;
	/** The harness is gone, or wants us gone: nothing is worth waiting for, unless something has to be put in order first. */
	readonly leave?: () => void;
}): void {
	const underWay = new Map<number, AbortController>();

	async function serve(call: RemoteCall<Calls>): Promise<void> {
		const {id, name, request} = call;
		const controller = new AbortController();
		underWay.set(id, controller);
		try {
			const answer = await services[name](request, controller.signal);
			reportToHarness<Calls>({kind: 'answer', id, answer}, output);
		} catch (error) {
			reportToHarness({kind: 'refusal', id, ...refusal(error)}, output);
		} finally {
			underWay.delete(id);
		}
	}

	function hear(message: RemoteRequest<Calls>): void {
		switch (message.kind) {
			case 'call':
				void serve(message);
				return;
			case 'cancel':
				underWay.get(message.id)?.abort();
				return;
			case 'command':
				programs.send(message.program, message.command);
				return;
			default:
				message satisfies never;
		}
	}

	output.on('error', leave);
	readJsonLines<RemoteRequest<Calls>>(input, hear, {onEnd: leave});
	reportToHarness<CallTable, Hello>({kind: 'hello', ...hello}, output);
}

/** To the harness, over the standard output unless another is given. */
export function reportToHarness<Calls extends CallTable, Hello extends object = object>(
	message: RemoteReport<Calls, Hello>,
	output: Writable = process.stdout,
): void {
	writeJsonLine(output, message);
}

function refusal(error: unknown) {
	return error instanceof StreambedError
		? {code: error.code, message: error.message, ...(error.hint === undefined ? {} : {hint: error.hint})}
		: {
				code: 'COMMAND_FAILED' as const,
				message: error instanceof Error ? (error.stack ?? error.message) : String(error),
			};
}
