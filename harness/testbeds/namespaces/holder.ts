import {realClock} from '#core/clock.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {StreambedError} from '#core/errors.ts';
import type {HolderReport, HolderRequest} from './holder-messages.ts';
import {type HolderServices, holderServices, mountPrivateRun} from './holder-services.ts';
import {OrphanReaper} from './reaper.ts';
import {SitePrograms} from './site-programs.ts';

/**
 * The program that owns a run's namespaces: process 1 of a PID namespace of its own. All that a deployment is made of hangs on it,
 * so that when it ends, however it ends, the kernel removes every process, link and namespace.
 */

const report = (message: HolderReport): void => writeJsonLine(process.stdout, message);

const programs = new SitePrograms({
	onEvent: (site, event) => report({kind: 'event', site, event}),
	onLost: (site, reason) => report({kind: 'lost', site, reason}),
});
const services = holderServices({clock: realClock, programs});
const reaper = new OrphanReaper();
const underWay = new Map<number, AbortController>();

function hear(message: HolderRequest): void {
	switch (message.kind) {
		case 'call':
			void serve(message);
			return;
		case 'cancel':
			underWay.get(message.id)?.abort();
			return;
		case 'command':
			programs.send(message.site, message.command);
			return;
		default:
			message satisfies never;
	}
}

async function serve(call: Extract<HolderRequest, {kind: 'call'}>): Promise<void> {
	const {id} = call;
	const controller = new AbortController();
	underWay.set(id, controller);
	try {
		report({kind: 'answer', id, answer: await answerTo(call, controller.signal)});
	} catch (error) {
		report({kind: 'refusal', id, ...refusal(error)});
	} finally {
		underWay.delete(id);
	}
}

function answerTo<Call extends Extract<HolderRequest, {kind: 'call'}>>(call: Call, signal: AbortSignal) {
	const service = services[call.name] as HolderServices[Call['name']] as (
		request: Call['request'],
		signal: AbortSignal,
	) => ReturnType<HolderServices[Call['name']]>;
	return service(call.request, signal);
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

if (process.pid !== 1) {
	throw new Error(`the holder runs as process 1 of a PID namespace of its own, not as ${process.pid}`);
}
mountPrivateRun();
process.stdout.on('error', leave);
readJsonLines<HolderRequest>(process.stdin, hear, {onEnd: leave});
realClock.every(1, () => reaper.look());
report({kind: 'hello'});
