import {networkInterfaces} from 'node:os';
import {realClock} from '#core/clock.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {serveFarEnds} from '../docker/far-ends.ts';
import {programsDigest} from '../docker/programs-digest.ts';
import {bootId} from '../docker/run-labels.ts';
import {OrphanReaper} from '../namespaces/reaper.ts';
import {SitePrograms} from '../namespaces/site-programs.ts';
import {reportToHarness, serveRequests} from '../remote/serve-requests.ts';
import type {EngineInterface, SwarmAgentCalls, SwarmAgentHello} from './agent-messages.ts';
import {swarmAgentServices} from './agent-services.ts';
import {clockName} from './switchboard/clock-name.ts';
import {dialSwitchboard, invitationIn} from './switchboard/dial-switchboard.ts';
import {switchboardVariables} from './switchboard/messages.ts';

/**
 * The first program of a site's service, on whatever node that stands: it dials in at the switchboard, and is from then on what the agent of a container
 * on the harness's own machine is. It ends with its connection.
 */

const invitation = invitationIn(process.env);
// The programs of the site are not members.
delete process.env[switchboardVariables.token];

const orphans = new OrphanReaper();
realClock.every(1, () => orphans.look());
serveFarEnds();

const socket = await dialSwitchboard({invitation, clock: realClock, signal: new AbortController().signal});
socket.once('close', () => process.exit(0));
const programs = new SitePrograms({
	onEvent: (program, event) => reportToHarness({kind: 'event', program, event}, socket),
	onLost: (program, reason) => reportToHarness({kind: 'lost', program, reason}, socket),
	onStderr: (program, text) => process.stderr.write(`${program}: ${text}`),
	enter: inOwnNamespace,
});
serveRequests<SwarmAgentCalls, SwarmAgentHello>({
	services: swarmAgentServices({switchboardHost: invitation.host, clock: realClock, programs}),
	programs,
	hello: {bootId: bootId(), programs: programsDigest(), clock: clockName(), interfaces: interfacesHere()},
	input: socket,
	output: socket,
});

function interfacesHere(): readonly EngineInterface[] {
	return Object.values(networkInterfaces())
		.flatMap(all => all ?? [])
		.filter(({internal, family}) => !internal && family === 'IPv4')
		.map(({address, mac}) => ({address, hardwareAddress: mac}));
}
