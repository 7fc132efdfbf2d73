import {realClock} from '#core/clock.ts';
import {readJsonLines, writeJsonLine} from '#core/control/json-lines.ts';
import {StreambedError} from '#core/errors.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {OrphanReaper} from '../namespaces/reaper.ts';
import {SitePrograms} from '../namespaces/site-programs.ts';
import type {AgentReport, AgentRequest} from './agent-messages.ts';
import {type AgentServices, agentServices} from './agent-services.ts';
import {serveFarEnds} from './far-ends.ts';
import {programsDigest} from './programs-digest.ts';
import {bootId} from './run-labels.ts';

/**
 * The first program of a site's container: it shapes and measures the links from inside, with NET_ADMIN and nothing more, and starts the programs
 * of the site. The container ends with it, and it ends when the engine closes its input because the harness is gone.
 */

const report = (message: AgentReport): void => writeJsonLine(process.stdout, message);

const programs = new SitePrograms({
	onEvent: (program, event) => report({kind: 'event', program, event}),
	onLost: (program, reason) => report({kind: 'lost', program, reason}),
	onStderr: (program, text) => process.stderr.write(`${program}: ${text}`),
	enter: inOwnNamespace,
});
const services = agentServices({clock: realClock, programs});
const underWay = new Map<number, AbortController>();

function hear(message: AgentRequest): void {
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

async function serve(call: Extract<AgentRequest, {kind: 'call'}>): Promise<void> {
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

function answerTo<Call extends Extract<AgentRequest, {kind: 'call'}>>(call: Call, signal: AbortSignal) {
	const service = services[call.name] as AgentServices[Call['name']] as (
		request: Call['request'],
		signal: AbortSignal,
	) => ReturnType<AgentServices[Call['name']]>;
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

const orphans = new OrphanReaper();
process.stdout.on('error', leave);
readJsonLines<AgentRequest>(process.stdin, hear, {onEnd: leave});
realClock.every(1, () => orphans.look());
serveFarEnds();
report({kind: 'hello', bootId: bootId(), programs: programsDigest()});
