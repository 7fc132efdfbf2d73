import {abortion} from '#core/abortion.ts';
import {type Clock, realClock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import {addressIn, planTopology} from '#netem/topology-plan.ts';
import {brokerSites} from '../brokers/broker-program.ts';
import {deployedPrograms} from '../deployed-programs.ts';
import {containerSysctls} from '../docker/container-settings.ts';
import {openEngine} from '../docker/engine.ts';
import {findSiteImage, siteImageName} from '../docker/image.ts';
import {Manifest} from '../docker/manifest.ts';
import {requireProgramsOf} from '../docker/require-programs.ts';
import {RunAtEngine} from '../docker/run-at-engine.ts';
import {labelsOfRun, runLabels} from '../docker/run-labels.ts';
import {siteNeeds} from '../docker/site-needs.ts';
import {foreignPrograms} from '../foreign/foreign-program.ts';
import {programsByRole} from '../namespaces/programs-by-role.ts';
import {SiteMail} from '../namespaces/site-mail.ts';
import {startStopwatch} from '../stopwatch.ts';
import type {Deployment, DeployOptions} from '../testbed.ts';
import {BrokerLogs} from './broker-logs.ts';
import {ClockWatch} from './clock-watch.ts';
import {ForeignSites} from './foreign-sites.ts';
import {furnishSites} from './furnish-sites.ts';
import {nodeSocket} from './node-socket.ts';
import {siteService} from './site-service.ts';
import {readTasks} from './site-tasks.ts';
import {SwarmDeployment} from './swarm-deployment.ts';
import {swarmNames} from './swarm-names.ts';
import {makeSwarmNetworks} from './swarm-networks.ts';
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
	const plan = planTopology(scenario);
	const engine = await openEngine();
	await requireManager(engine);
	const nodes = await listNodes(engine);
	requireHosts(scenario.topology, nodes);
	const image = await findSiteImage(engine, imageName);
	const manifest = new Manifest({folder: logFolder, label});
	const labels = labelsOfRun(label);
	const names = swarmNames(label);
	const aborted = abortion(signal);

	await using cleanup = new AsyncDisposableStack();
	const run = cleanup.use(new RunAtEngine({engine, label, clock}));
	const orAborted = <Result>(making: Promise<Result>): Promise<Result> => Promise.race([run.make(making), aborted]);

	const networks = await orAborted(makeSwarmNetworks({plan, names, engine, labels, manifest, clock}));
	const networksSeconds = stopwatch();

	manifest.add({kind: 'container', name: names.switchboard});
	const common = {engine, labels, clock, signal, image: image.id};
	const opening = Switchboard.open({...common, name: names.switchboard, network: names.controlNetwork});
	const switchboard = cleanup.use(await orAborted(opening));
	requireOwnClock(switchboard.clock);

	const programs = deployedPrograms(scenario, programsByRole);
	const mail = new SiteMail(programs.map(({name}) => name));
	const siteNames = plan.namespaces.map(({site}) => site);
	const wanted = foreignPrograms(scenario, site => addressIn(plan, site));
	const sockets = new Map(wanted.map(({site}) => [site, nodeSocket(nodes, scenario.topology.sites[site]?.host)]));
	const sites = cleanup.use(new SwarmSites({engine, label, image, logFolder, mail, clock, sites: siteNames, sockets}));
	switchboard.onMember = member => sites.join(member);
	const make = ({site, settings}: (typeof plan.namespaces)[number]): Promise<void> => {
		const name = names.service(site);
		manifest.add({kind: 'service', name});
		const service = siteService({
			name,
			image: image.id,
			labels: {...labels, [runLabels.site]: site},
			networks: [networks.control, ...networks.at(site).values()].map(({id}) => id),
			host: scenario.topology.sites[site]?.host,
			sysctls: containerSysctls(settings),
			invitation: switchboard.invite(site),
			needs: siteNeeds({site, scenario}),
			socket: sockets.get(site),
		});
		return sites.make(site, service);
	};
	await orAborted(Promise.all(plan.namespaces.map(make)));
	const agents = await orAborted(sites.all({limitSeconds: readyLimitSeconds, signal}));
	sites.watch();
	const [anyAgent] = agents.values();
	if (anyAgent) {
		// Services name the image by its id: all run the same.
		await requireProgramsOf(anyAgent, {image: image.name, signal});
	}
	const servicesSeconds = stopwatch();

	const withBrokers = new Map(brokerSites(scenario).map(site => [site, mustGet(agents, site)]));
	cleanup.use(new BrokerLogs({agents: withBrokers, logFolder, clock}));
	const placed = new Map<string, PlacedSite>();
	for (const {site, node, addresses} of await readTasks(engine, label)) {
		const own = [...networks.at(site)].map(([link, {id}]) => [link, mustGet(addresses, id)] as const);
		placed.set(site, {
			node: node?.name ?? '',
			agent: mustGet(agents, site),
			addresses: new Map(own),
			isForeign: sockets.has(site),
		});
	}
	const foreign = new ForeignSites(wanted, placed);
	const foreignImages = await orAborted(foreign.findImages(signal));
	const {topology, timeline} = scenario;
	const measuring = measureUnderlays({topology, timeline, sites: placed, seconds: underlaySeconds, signal});
	const underlay = await orAborted(measuring);
	const clocks = new Map<string, ClockWatch>();
	for (const [site, agent] of agents) {
		const isOurs = (await agent.hello).clock === switchboard.clock;
		clocks.set(site, cleanup.use(isOurs ? ClockWatch.same(clock) : await ClockWatch.begin(agent, clock, signal)));
	}
	const measuringSeconds = stopwatch();

	await orAborted(furnishSites({plan, placed, programs, signal}));
	await mail.allReady({clock, limitSeconds: readyLimitSeconds, signal});
	const programsSeconds = stopwatch();

	const onHarnessClock = new Map(
		[...agents].map(([site, agent]) => [site, agent.onHarnessClock(mustGet(clocks, site).offsetNs)]),
	);
	const starting = foreign.start({agents: onHarnessClock, names, labels, manifest, signal});
	const foreignContainers = await orAborted(starting);
	const setupSeconds = {
		networks: networksSeconds,
		services: servicesSeconds,
		underlay: measuringSeconds,
		programs: programsSeconds,
		...(wanted.length > 0 && {foreign: stopwatch()}),
	};
	const kept = cleanup.move();
	return new SwarmDeployment({
		agents: onHarnessClock,
		...{mail, plan, setupSeconds, underlay},
		images: [image, ...foreignImages],
		foreign: foreignContainers,
		places: [...placed].map(([site, {node}]) => ({site, node, clock: mustGet(clocks, site)})),
		resources: kept,
	});
}

/** The switchboard stands at the engine that is spoken to. */
function requireOwnClock(clock: string): void {
	if (clock !== clockName()) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			'the container engine runs on another machine, whose clock is not ours',
			{hint: 'run Streambed on a manager node of the swarm, with DOCKER_HOST for the engine of that node'},
		);
	}
}
