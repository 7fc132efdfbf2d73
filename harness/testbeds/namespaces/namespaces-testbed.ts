import {type Clock, realClock} from '#core/clock.ts';
import type {Seconds} from '#core/units.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {deployedPrograms} from '../deployed-programs.ts';
import {startStopwatch} from '../stopwatch.ts';
import type {Deployment, DeployOptions} from '../testbed.ts';
import {HolderProcess} from './holder-process.ts';
import {NamespacesDeployment} from './namespaces-deployment.ts';
import {type ProgramsByRole, programsByRole} from './programs-by-role.ts';
import {SiteMail} from './site-mail.ts';

type NamespacesTestbed = {
	readonly name: string;
	deploy(options: Omit<DeployOptions, 'logFolder'>): Promise<Deployment>;
};

/** Sites as network namespaces, links as pairs of devices shaped by the kernel: one machine, root or not. */
export const namespacesTestbed: NamespacesTestbed = createNamespacesTestbed();

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
} = {}): NamespacesTestbed {
	return {
		name: 'namespaces',
		async deploy({scenario, label, signal}) {
			signal.throwIfAborted();
			const stopwatch = startStopwatch(clock);
			const plan = planTopology(scenario);
			const wanted = deployedPrograms(scenario, programs);
			const mail = new SiteMail(wanted.map(({name}) => name));

			await using cleanup = new AsyncDisposableStack();
			const holder = cleanup.use(await HolderProcess.start(label, {listener: mail, clock}));
			const namespacesSeconds = stopwatch();
			await holder.call('build', {plan}, signal);
			const linksSeconds = stopwatch();
			await holder.call('start-programs', {programs: wanted}, signal);
			await mail.allReady({clock, limitSeconds: readyLimitSeconds, signal});
			const setupSeconds = {namespaces: namespacesSeconds, links: linksSeconds, programs: stopwatch()};
			cleanup.move();
			return new NamespacesDeployment({holder, mail, plan, setupSeconds});
		},
	};
}
