import type {Clock} from '#core/clock.ts';
import {runBatch} from '#netem/batch-process.ts';
import {congestionControlsOf} from '#netem/congestion-control.ts';
import {inOwnNamespace} from '#netem/network-namespace.ts';
import {agentServices} from '../docker/agent-services.ts';
import type {SitePrograms} from '../namespaces/site-programs.ts';
import type {Services} from '../remote/messages.ts';
import type {SwarmAgentCalls} from './agent-messages.ts';
import {estimateClock} from './clock-estimate.ts';
import {FolderReader} from './folder-reader.ts';
import type {ForeignHost} from './foreign-host.ts';
import {measureUnderlay} from './measure-underlay.ts';
import {askClock} from './switchboard/ask-clock.ts';
import {switchboardPorts} from './switchboard/messages.ts';

/** What the agent of a service does when it is asked. */
export function swarmAgentServices({
	switchboardHost,
	clock,
	programs,
	foreign,
}: {
	readonly switchboardHost: string;
	readonly clock: Clock;
	readonly programs: SitePrograms;
	readonly foreign: ForeignHost;
}): Services<SwarmAgentCalls> {
	const reader = new FolderReader();
	return {
		...agentServices({clock, programs}),
		// The switchboard is reached over no link.
		'congestion-control': () => congestionControlsOf('', inOwnNamespace, switchboardHost),
		async 'measure-clock'(_request, signal) {
			const exchanges = await askClock({host: switchboardHost, port: switchboardPorts.clock, clock, signal});
			const {offsetNs, uncertaintyNs} = estimateClock(exchanges);
			return {offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}`};
		},
		async 'measure-underlay'(request, signal) {
			return {layer2BitsPerSecond: await measureUnderlay({...request, clock, signal})};
		},
		'read-on': async ({folder}) => ({parts: reader.readOn(folder)}),
		async 'meet-neighbours'({neighbours}) {
			const commands = neighbours.map(({device, address, hardwareAddress}) => [
				...['neighbour', 'replace', address, 'lladdr', hardwareAddress],
				...['dev', device, 'nud', 'permanent'],
			]);
			runBatch({tool: 'ip', commands, where: 'the container'});
			return null;
		},
		'find-foreign-image': image => foreign.findImage(image),
		async 'start-foreign'(request, signal) {
			await foreign.start(request, signal);
			return null;
		},
		'foreign-usage': async () => (await foreign.usage()) ?? null,
	};
}
