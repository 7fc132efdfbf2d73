import {join} from 'node:path';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from '../../docker/engine.ts';
import {openEngine} from '../../docker/engine.ts';
import {atEngine} from '../../docker/engine-error.ts';
import {findSiteImage, type SiteImage, siteImageName} from '../../docker/image.ts';
import {Manifest} from '../../docker/manifest.ts';
import {requirePrograms} from '../../docker/require-programs.ts';
import {RunAtEngine} from '../../docker/run-at-engine.ts';
import {labelsOfRun, runLabels} from '../../docker/run-labels.ts';
import {SimulationThreads} from '../../simulated/simulation-threads.ts';
import type {SimulationRoom, Simulations} from '../../testbed.ts';
import {makeOverlay} from '../overlay-networks.ts';
import {refuseEnded} from '../refuse-ended.ts';
import {ServiceLog} from '../service-log.ts';
import {readTasks} from '../site-tasks.ts';
import {swarmNames} from '../swarm-names.ts';
import {requireManager} from '../swarm-nodes.ts';
import {Switchboard} from '../switchboard/switchboard.ts';
import {DrawDispatch} from './draw-dispatch.ts';
import {SwarmSimulations} from './swarm-simulations.ts';
import {workerLog} from './worker-log.ts';
import {taskName, workerService} from './worker-service.ts';

/**
 * Starts the workers of a sweep as a service of the swarm, and waits until all of them are there. Rejects with a StreambedError, and then nothing is
 * left: ENGINE_REFUSED without a swarm, IMAGE_UNFIT where a node lacks the image or its programs are of another build, TIMED_OUT.
 */
export async function openSweep(
	{threadCount: workerCount, label, logFolder, clock, signal}: SimulationRoom,
	{
		imageName = siteImageName(),
		readyLimitSeconds = 60,
	}: {
		readonly imageName?: string;
		/** How long all workers may take to be there. */
		readonly readyLimitSeconds?: Seconds;
	} = {},
): Promise<Simulations> {
	signal.throwIfAborted();
	const engine = await openEngine();
	await requireManager(engine);
	const image = await findSiteImage(engine, imageName);
	const manifest = new Manifest({folder: logFolder, label});
	const labels = labelsOfRun(label);
	const names = swarmNames(label);
	const aborted = abortion(signal);

	await using cleanup = new AsyncDisposableStack();
	const run = cleanup.use(new RunAtEngine({engine, label, clock}));
	const orAborted = <Result>(making: Promise<Result>): Promise<Result> => Promise.race([run.make(making), aborted]);

	const networkOptions = {engine, name: names.controlNetwork, labels, manifest, clock, attachable: true};
	const network = await orAborted(makeOverlay(networkOptions));
	manifest.add({kind: 'container', name: names.switchboard});
	const place = {name: names.switchboard, network: names.controlNetwork, image: image.id};
	const switchboard = cleanup.use(await orAborted(Switchboard.open({...place, engine, labels, clock, signal})));

	const dispatch = cleanup.use(
		new DrawDispatch({
			clock,
			requirePrograms: digest => requirePrograms(digest, image.name),
			tell: workerLog(logFolder),
		}),
	);
	switchboard.onMember = member => dispatch.join(member);
	const service = workerService({
		name: names.service(workerName),
		image: image.id,
		labels: {...labels, [runLabels.site]: workerName},
		network: network.id,
		workerCount,
		invitation: switchboard.invite(taskName),
	});
	manifest.add({kind: 'service', name: names.service(workerName)});
	const making = engine.createService(service) as Promise<{readonly id: string}>;
	const {id} = await orAborted(atEngine('making the service of the workers', making));
	const path = join(logFolder, `${workerName}.log`);
	const log = cleanup.use(await orAborted(ServiceLog.follow({engine, service: id, path})));
	const limits = {workerCount, readyLimitSeconds, signal};
	await orAborted(allThere({...limits, engine, label, image, log, clock, dispatch}));

	const here = cleanup.use(await SimulationThreads.open({threadCount: 1}));
	return new SwarmSimulations({dispatch, here, resources: cleanup.move()});
}

/** What a task of the sweep is called, and its log. */
const workerName = 'worker';

async function allThere({
	workerCount,
	dispatch,
	engine,
	label,
	image,
	log,
	clock,
	readyLimitSeconds,
	signal,
}: {
	readonly workerCount: number;
	readonly dispatch: DrawDispatch;
	readonly engine: Engine;
	readonly label: string;
	readonly image: SiteImage;
	readonly log: ServiceLog;
	readonly clock: Clock;
	readonly readyLimitSeconds: Seconds;
	readonly signal: AbortSignal;
}): Promise<void> {
	const limitNs = clock.nowNs() + BigInt(Math.round(readyLimitSeconds * 1e9));
	while (dispatch.workerCount < workerCount) {
		await clock.sleep(pollSeconds, signal);
		const tasks = await readTasks(engine, label);
		for (const task of tasks) {
			await refuseEnded(task, {image, lastLines: () => log.lastLines, clock});
		}
		if (clock.nowNs() > limitNs) {
			const states = tasks.map(({state, reason}) => `${state}: ${reason}`);
			throw new StreambedError(
				'TIMED_OUT',
				`${dispatch.workerCount} of ${workerCount} workers were there within ${readyLimitSeconds} s; tasks: ${states.join('; ')}`,
				{hint: 'docker service ps and docker node ls tell more; --workers asks for fewer'},
			);
		}
	}
}

const pollSeconds: Seconds = 0.2;
