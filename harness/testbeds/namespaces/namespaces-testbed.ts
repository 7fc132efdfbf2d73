import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Clock, realClock} from '#core/clock.ts';
import {makeFolders} from '#core/make-folders.ts';
import type {Seconds} from '#core/units.ts';
import {addressIn, planTopology} from '#netem/topology-plan.ts';
import {deployedPrograms} from '../deployed-programs.ts';
import {foreignPrograms} from '../foreign/foreign-program.ts';
import {startStopwatch} from '../stopwatch.ts';
import type {Deployment, DeployOptions} from '../testbed.ts';
import {HolderProcess} from './holder-process.ts';
import {NamespacesDeployment} from './namespaces-deployment.ts';
import {type ProgramsByRole, programsByRole} from './programs-by-role.ts';
import {SiteMail} from './site-mail.ts';

type NamespacesTestbed = {
	readonly name: string;
	readonly foreign: 'commands';
	deploy(options: Omit<DeployOptions, 'logFolder'> & {readonly logFolder?: string}): Promise<Deployment>;
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
		foreign: 'commands',
		async deploy({scenario, label, logFolder = tmpdir(), signal}) {
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
			const programsSeconds = stopwatch();
			const foreign = foreignPrograms(scenario, site => addressIn(plan, site));
			if (foreign.length > 0) {
				makeFolders(logFolder);
			}
			await Promise.all(
				foreign.map(program => {
					const logPath = join(logFolder, `${program.site}.log`);
					return holder.call('start-foreign', {program, logPath}, signal);
				}),
			);
			const setupSeconds = {
				...{namespaces: namespacesSeconds, links: linksSeconds, programs: programsSeconds},
				...(foreign.length > 0 && {foreign: stopwatch()}),
			};
			cleanup.move();
			return new NamespacesDeployment({holder, mail, plan, setupSeconds});
		},
	};
}
