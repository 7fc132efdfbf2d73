import {relative} from 'node:path';
import {abortion} from '#core/abortion.ts';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import type {Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import {type PlannedLink, planTopology} from '#netem/topology-plan.ts';
import {deployedPrograms} from '../deployed-programs.ts';
import {containerSysctls} from '../docker/container-settings.ts';
import {openEngine} from '../docker/engine.ts';
import {ForeignContainers} from '../docker/foreign-containers.ts';
import {findSiteImage, siteImageName} from '../docker/image.ts';
import {Manifest} from '../docker/manifest.ts';
import {requirePrograms} from '../docker/require-programs.ts';
import {RunAtEngine} from '../docker/run-at-engine.ts';
import {labelsOfRun, runLabels} from '../docker/run-labels.ts';
import {programsByRole} from '../namespaces/programs-by-role.ts';
import {SiteMail} from '../namespaces/site-mail.ts';
import {startStopwatch} from '../stopwatch.ts';
import type {Deployment, DeployOptions} from '../testbed.ts';
import {ClockWatch} from './clock-watch.ts';
import {makeOverlay, type OverlayNetwork, refuseSharedAddresses} from './overlay-networks.ts';
import {refuseUnfit} from './refuse-unfit.ts';
import {siteService} from './site-service.ts';
import {readTasks} from './site-tasks.ts';
import {SwarmDeployment} from './swarm-deployment.ts';
import {swarmNames} from './swarm-names.ts';
import {listNodes, requireHosts, requireManager} from './swarm-nodes.ts';
import {SwarmSites} from './swarm-sites.ts';
import {clockName} from './switchboard/clock-name.ts';
import {Switchboard} from './switchboard/switchboard.ts';
import {measureUnderlays, type PlacedSite} from './underlay.ts';

/** Builds sites as services of a swarm and links as overlay networks between them; rejects with a StreambedError, and then nothing is left. */
export async function deploySwarm(
	{scenario, label, logFolder, signal}: DeployOptions,
	{
		imageName = siteImageName(),
		clock = realClock,
		readyLimitSeconds = 60,
		underlaySeconds = 0.4,
	}: {
		readonly imageName?: string;
		readonly clock?: Clock;
		/** How long all sites may take to be there, and then their programs until they are ready. */
		readonly readyLimitSeconds?: Seconds;
		/** How long each way from node to node is measured. */
		readonly underlaySeconds?: Seconds;
	} = {},
): Promise<Deployment> {
	signal.throwIfAborted();
	const stopwatch = startStopwatch(clock);
	refuseUnfit(scenario);
	const plan = planTopology(scenario);
	const engine = await openEngine();
	await requireManager(engine);
	requireHosts(scenario.topology, await listNodes(engine));
	const image = await findSiteImage(engine, imageName);
	const manifest = new Manifest({folder: logFolder, label});
	const labels = labelsOfRun(label);
	const names = swarmNames(label);
	const aborted = abortion(signal);

	await using cleanup = new AsyncDisposableStack();
	const run = cleanup.use(new RunAtEngine({engine, label, clock}));
	const orAborted = <Result>(making: Promise<Result>): Promise<Result> => Promise.race([run.make(making), aborted]);

	const making = Promise.all([
		makeOverlay({engine, name: names.controlNetwork, labels, manifest, attachable: true}),
		...plan.links.map(({name}) => makeOverlay({engine, name: names.network(name), labels, manifest})),
	]);
	const [control, ...linkNetworks] = await orAborted(making);
	refuseSharedAddresses(control, [
		...plan.namespaces.map(({address}) => address),
		...plan.links.flatMap(({ends}) => ends.map(({address}) => address)),
	]);
	const networks: ReadonlyMap<string, OverlayNetwork> = new Map(
		plan.links.flatMap(({name}, index) => {
			const network = linkNetworks[index];
			return network ? [[name, network] as const] : [];
		}),
	);
	const linksOf = (site: string) => plan.links.filter(({ends}) => ends.some(end => end.site === site));
	const networksSeconds = stopwatch();

	manifest.add({kind: 'container', name: names.switchboard});
	const opening = Switchboard.open({
		...{engine, labels, clock, signal, image: image.digest},
		name: names.switchboard,
		network: names.controlNetwork,
	});
	const switchboard = cleanup.use(await orAborted(opening));
	if (switchboard.clock !== clockName()) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			'the container engine runs on another machine, whose clock is not ours',
			{hint: 'run Streambed on a manager node of the swarm, with DOCKER_HOST for the engine of that node'},
		);
	}

	const programs = deployedPrograms(scenario, programsByRole);
	const mail = new SiteMail(programs.map(({name}) => name));
	const names_ = plan.namespaces.map(({site}) => site);
	const sites = cleanup.use(new SwarmSites({engine, label, image, logFolder, mail, clock, sites: names_}));
	switchboard.onMember = member => sites.join(member);
	const {folder} = scenario.workload.frames;
	await orAborted(
		Promise.all(
			plan.namespaces.map(({site, settings}) => {
				const name = names.service(site);
				manifest.add({kind: 'service', name});
				const service = siteService({
					name,
					image: image.digest,
					labels: {...labels, [runLabels.site]: site},
					networks: [control, ...linksOf(site).map(link => mustGet(networks, link.name))].map(({id}) => id),
					host: scenario.topology.sites[site]?.host,
					sysctls: containerSysctls(settings),
					invitation: switchboard.invite(site),
					readOnlyFolders: folder === undefined ? [] : [folder],
				});
				return sites.make(site, service);
			}),
		),
	);
	const agents = await orAborted(sites.all({limitSeconds: readyLimitSeconds, signal}));
	sites.watch();
	for (const agent of agents.values()) {
		requirePrograms((await agent.hello).programs, image.name);
	}
	const servicesSeconds = stopwatch();

	const tasks = await readTasks(engine, label);
	const placed = new Map(
		tasks.map(({site, node, addresses}): [string, PlacedSite] => [
			site,
			{
				node: node?.name ?? '',
				agent: mustGet(agents, site),
				addresses: new Map(linksOf(site).map(({name}) => [name, mustGet(addresses, mustGet(networks, name).id)])),
			},
		]),
	);
	const {topology, timeline} = scenario;
	const underlay = await orAborted(
		measureUnderlays({topology, timeline, sites: placed, seconds: underlaySeconds, signal}),
	);
	const clocks = new Map<string, ClockWatch>();
	for (const [site, agent] of agents) {
		const isOurs = (await agent.hello).clock === switchboard.clock;
		clocks.set(site, cleanup.use(isOurs ? ClockWatch.same(clock) : await ClockWatch.begin(agent, clock, signal)));
	}
	const underlaySecondsTaken = stopwatch();

	await orAborted(
		Promise.all(
			plan.namespaces.map(async namespace => {
				const {site} = namespace;
				const own = linksOf(site);
				const {agent, addresses} = mustGet(placed, site);
				const devices = own.map(({name, device}) => ({device, address: mustGet(addresses, name)}));
				await agent.call('furnish', {namespace, links: own, devices}, signal);
				const neighbours = await Promise.all(own.map(link => neighbourOf(site, link, placed)));
				await agent.call('meet-neighbours', {neighbours}, signal);
				const below = programs
					.filter(program => program.site === site)
					.map(program => ({...program, path: relative(packageRoot, program.path)}));
				await agent.call('start-programs', {programs: below}, signal);
			}),
		),
	);
	await mail.allReady({clock, limitSeconds: readyLimitSeconds, signal});
	const setupSeconds = {
		networks: networksSeconds,
		services: servicesSeconds,
		underlay: underlaySecondsTaken,
		programs: stopwatch(),
	};
	const kept = cleanup.move();
	return new SwarmDeployment({
		agents: new Map([...agents].map(([site, agent]) => [site, agent.onHarnessClock(mustGet(clocks, site).offsetNs)])),
		...{mail, plan, setupSeconds, underlay},
		images: [image],
		foreign: new ForeignContainers([]),
		places: [...placed].map(([site, {node}]) => ({site, node, clock: mustGet(clocks, site)})),
		resources: kept,
	});
}

/** Who stands at the far end of a link of a site, as the interface there is known to the engine. */
async function neighbourOf(site: string, {name, device, ends}: PlannedLink, placed: ReadonlyMap<string, PlacedSite>) {
	const far = ends[0].site === site ? ends[1] : ends[0];
	const {agent, addresses} = mustGet(placed, far.site);
	const engineAddress = mustGet(addresses, name);
	const {interfaces} = await agent.hello;
	const found = interfaces.find(({address}) => address === engineAddress);
	if (!found) {
		throw new StreambedError(
			'COMMAND_FAILED',
			`no interface of ${far.site} has ${engineAddress}, which is its end of ${name}`,
		);
	}
	return {device, address: far.address, hardwareAddress: found.hardwareAddress};
}
