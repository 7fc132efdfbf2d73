import {realClock} from '#core/clock.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {OrphanReaper} from '../namespaces/reaper.ts';
import {SitePrograms} from '../namespaces/site-programs.ts';
import {reportToHarness, serveRequests} from '../remote/serve-requests.ts';
import type {AgentCalls, AgentHello} from './agent-messages.ts';
import {agentServices} from './agent-services.ts';
import {serveFarEnds} from './far-ends.ts';
import {bootId} from './run-labels.ts';

/**
 * The first program of a site's container: it shapes and measures the links from inside, with NET_ADMIN and nothing more, and starts the programs
 * of the site. The container ends with it, and it ends when the engine closes its input because the harness is gone.
 */

const programs = new SitePrograms({
	onEvent: (program, event) => reportToHarness({kind: 'event', program, event}),
	onLost: (program, reason) => reportToHarness({kind: 'lost', program, reason}),
	onStderr: (program, text) => process.stderr.write(`${program}: ${text}`),
	enter: inOwnNamespace,
});
const orphans = new OrphanReaper();
realClock.every(1, () => orphans.look());
serveFarEnds();
serveRequests<AgentCalls, AgentHello>({
	services: agentServices({clock: realClock, programs}),
	programs,
	hello: {bootId: bootId()},
});
