import {type Clock, realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {brokerProgram, brokerProgramPath, brokerSites} from '../brokers/broker-program.ts';
import type {EmulatedTestbed} from '../testbed.ts';
import {HolderProcess} from './holder-process.ts';
import {NamespacesDeployment} from './namespaces-deployment.ts';
import {type ProgramsByRole, programsByRole} from './programs-by-role.ts';
import {SiteMail} from './site-mail.ts';

/** Sites as network namespaces, links as pairs of devices shaped by the kernel: one machine, root or not. */
export const namespacesTestbed: EmulatedTestbed = createNamespacesTestbed();

/** The same with other programs at the sites, or another clock. */
export function createNamespacesTestbed({
	programs = programsByRole,
	clock = realClock,
	readyLimitSeconds = 60,
}: {
	readonly programs?: ProgramsByRole;
	readonly clock?: Clock;
	/** How long the programs of all sites may take until they are ready. */
	readonly readyLimitSeconds?: Seconds;
} = {}): EmulatedTestbed {
	return {
		name: 'namespaces',
		async deploy({scenario, label, signal}) {
			signal.throwIfAborted();
			const stopwatch = createStopwatch(clock);
			const plan = planTopology(scenario);
			const sitePrograms = Object.entries(scenario.topology.sites).flatMap(([site, {role}]) =>
				role === 'router' ? [] : [{site, path: programs[role]}],
			);
			const brokerPrograms = brokerSites(scenario).map(site => ({
				site,
				name: brokerProgram(site),
				path: brokerProgramPath,
			}));
			const mail = new SiteMail([...sitePrograms.map(({site}) => site), ...brokerPrograms.map(({name}) => name)]);

			await using cleanup = new AsyncDisposableStack();
			const holder = cleanup.use(await HolderProcess.start(label, {listener: mail, clock}));
			const namespacesSeconds = stopwatch();
			await holder.call('build', {plan}, signal);
			const linksSeconds = stopwatch();
			await holder.call('start-programs', {programs: [...sitePrograms, ...brokerPrograms]}, signal);
			await mail.allReady({clock, limitSeconds: readyLimitSeconds, signal});
			const setupSeconds = {namespaces: namespacesSeconds, links: linksSeconds, programs: stopwatch()};
			cleanup.move();
			return new NamespacesDeployment({holder, mail, plan, setupSeconds});
		},
	};
}

/** Each reading is the time since the one before. */
function createStopwatch(clock: Clock): () => Seconds {
	let lastNs = clock.nowNs();
	return () => {
		const sinceNs = clock.nowNs() - lastNs;
		lastNs += sinceNs;
		return Number(sinceNs) / 1e9;
	};
}
