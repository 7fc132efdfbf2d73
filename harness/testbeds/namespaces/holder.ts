import {realClock} from '#core/clock.ts';
import {ForeignProcesses} from '../foreign/foreign-processes.ts';
import {reportToHarness, serveRequests} from '../remote/serve-requests.ts';
import type {HolderCalls} from './holder-messages.ts';
import {holderServices, mountPrivateRun} from './holder-services.ts';
import {OrphanReaper} from './reaper.ts';
import {SitePrograms} from './site-programs.ts';

/**
 * The program that owns a run's namespaces: process 1 of a PID namespace of its own. All that a deployment is made of hangs on it,
 * so that when it ends, however it ends, the kernel removes every process, link and namespace.
 */

if (process.pid !== 1) {
	throw new Error(`the holder runs as process 1 of a PID namespace of its own, not as ${process.pid}`);
}
mountPrivateRun();
const programs = new SitePrograms({
	onEvent: (program, event) => reportToHarness({kind: 'event', program, event}),
	onLost: (program, reason) => reportToHarness({kind: 'lost', program, reason}),
});
const foreign = new ForeignProcesses({
	clock: realClock,
	onLost: (program, reason) => reportToHarness({kind: 'lost', program, reason}),
});
const orphans = new OrphanReaper();
realClock.every(1, () => orphans.look());
serveRequests<HolderCalls, object>({
	services: holderServices({clock: realClock, programs, foreign}),
	programs,
	hello: {},
});
