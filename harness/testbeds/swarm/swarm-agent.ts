import {hostname, networkInterfaces} from 'node:os';
import {realClock} from '#core/clock.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {serveFarEnds} from '../docker/far-ends.ts';
import {bootId} from '../docker/run-labels.ts';
import {OrphanReaper} from '../namespaces/reaper.ts';
import {SitePrograms} from '../namespaces/site-programs.ts';
import {reportToHarness, serveRequests} from '../remote/serve-requests.ts';
import type {EngineInterface, SwarmAgentCalls, SwarmAgentHello} from './agent-messages.ts';
import {swarmAgentServices} from './agent-services.ts';
import {ForeignHost} from './foreign-host.ts';
import {clockName} from './switchboard/clock-name.ts';
import {dialSwitchboard, invitationIn} from './switchboard/dial-switchboard.ts';
import {switchboardVariables} from './switchboard/messages.ts';

/**
 * The first program of a site's service, on whatever node that stands: it dials in at the switchboard, and is from then on what the agent of a container
 * on the harness's own machine is. It ends with its connection. That of a foreign site is told to end by TERM.
 */

const invitation = invitationIn(process.env);
// The programs of the site are not members.
delete process.env[switchboardVariables.token];

const orphans = new OrphanReaper();
realClock.every(1, () => orphans.look());
serveFarEnds();

const socket = await dialSwitchboard({invitation, clock: realClock, signal: new AbortController().signal});
const onLost = (program: string, reason: string) => reportToHarness({kind: 'lost', program, reason}, socket);
// An engine calls a container as it is numbered there, and what it writes to its standard error goes into the log of the service.
const foreign = new ForeignHost({clock: realClock, container: hostname(), logPath: '/dev/stderr', onLost});
const leave = () => void foreign.settle().then(() => process.exit(0));
socket.once('close', leave);
process.once('SIGTERM', leave);
const programs = new SitePrograms({
	onEvent: (program, event) => reportToHarness({kind: 'event', program, event}, socket),
	onLost,
	onStderr: (program, text) => process.stderr.write(`${program}: ${text}`),
	enter: inOwnNamespace,
});
serveRequests<SwarmAgentCalls, SwarmAgentHello>({
	services: swarmAgentServices({switchboardHost: invitation.host, clock: realClock, programs, foreign}),
	programs,
	hello: {bootId: bootId(), clock: clockName(), interfaces: interfacesHere()},
	input: socket,
	output: socket,
	leave,
});

function interfacesHere(): readonly EngineInterface[] {
	return Object.values(networkInterfaces())
		.flatMap(all => all ?? [])
		.filter(({internal, family}) => !internal && family === 'IPv4')
		.map(({address, mac}) => ({address, hardwareAddress: mac}));
}
