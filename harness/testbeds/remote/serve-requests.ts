import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {StreambedError} from '#core/errors.ts';
import type {SitePrograms} from '../namespaces/site-programs.ts';
import type {CallTable, RemoteCall, RemoteReport, RemoteRequest, Services} from './messages.ts';

/**
 * The far end of a connection: answers what the harness asks over the standard input, hands its commands on to the programs, and leaves when the
 * harness is gone. Says hello at once.
 */
export function serveRequests<Calls extends CallTable, Hello extends object>({
	services,
	programs,
	hello,
}: {
	readonly services: Services<Calls>;
	readonly programs: Pick<SitePrograms, 'send'>;
	readonly hello: Hello;
}): void {
	const underWay = new Map<number, AbortController>();

	async function serve(call: RemoteCall<Calls>): Promise<void> {
		const {id, name, request} = call;
		const controller = new AbortController();
		underWay.set(id, controller);
		try {
			reportToHarness<Calls>({kind: 'answer', id, answer: await services[name](request, controller.signal)});
		} catch (error) {
			reportToHarness({kind: 'refusal', id, ...refusal(error)});
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

	process.stdout.on('error', leave);
	readJsonLines<RemoteRequest<Calls>>(process.stdin, hear, {onEnd: leave});
	reportToHarness<CallTable, Hello>({kind: 'hello', ...hello});
}

/** To the harness, over the standard output. */
export function reportToHarness<Calls extends CallTable, Hello extends object = object>(
	message: RemoteReport<Calls, Hello>,
): void {
	writeJsonLine(process.stdout, message);
}

function refusal(error: unknown) {
	return error instanceof StreambedError
		? {code: error.code, message: error.message, ...(error.hint === undefined ? {} : {hint: error.hint})}
		: {
				code: 'COMMAND_FAILED' as const,
				message: error instanceof Error ? (error.stack ?? error.message) : String(error),
			};
}

/** The harness is gone, or wants us gone: nothing is worth waiting for. */
const leave = (): never => process.exit(0);
