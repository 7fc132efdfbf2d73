import {join, relative} from 'node:path';
import {abortion} from '#core/abortion.ts';
import {type Clock, realClock} from '#core/clock.ts';
import type {DataServerCommand} from '#core/control/tunnel-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import type {Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import {addressIn, type PlannedNamespace, planTopology} from '#netem/topology-plan.ts';
import {deployedPrograms} from '../deployed-programs.ts';
import {type ForeignProgram, foreignPrograms} from '../foreign/foreign-program.ts';
import {programsByRole} from '../namespaces/programs-by-role.ts';
import {SiteMail} from '../namespaces/site-mail.ts';
import {startStopwatch} from '../stopwatch.ts';
import type {Deployment, DeployOptions} from '../testbed.ts';
import type {AgentConnection} from './agent-connection.ts';
import {containerSysctls} from './container-settings.ts';
import {DockerDeployment} from './docker-deployment.ts';
import {openEngine} from './engine.ts';
import {findServerImage} from './find-server-image.ts';
import {ForeignContainer} from './foreign-container.ts';
import {ForeignContainers, findForeignImages} from './foreign-containers.ts';
import {findSiteImage, siteImageName} from './image.ts';
import {ImageBrokers} from './image-brokers.ts';
import {ImageServers} from './image-servers.ts';
import {linkNetworkMaker} from './link-networks.ts';
import {Manifest} from './manifest.ts';
import {requireProgramsOf} from './require-programs.ts';
import {RunAtEngine} from './run-at-engine.ts';
import {bootId, labelsOfRun, runLabels} from './run-labels.ts';
import {siteNeeds} from './site-needs.ts';
import {startSite} from './standing-site.ts';
import {subnetRange} from './subnets.ts';

/** Builds sites as containers and links as networks between them; rejects with a StreambedError, and then nothing is left. */
export async function deployContainers(
	{scenario, label, logFolder, signal}: DeployOptions,
	{
		imageName = siteImageName(),
		range = subnetRange,
		clock = realClock,
		readyLimitSeconds = 60,
	}: {
		readonly imageName?: string;
		/** Where the subnets of the links are from. */
		readonly range?: string;
		readonly clock?: Clock;
		/** How long the programs of all sites may take until they are ready. */
		readonly readyLimitSeconds?: Seconds;
	} = {},
): Promise<Deployment> {
	signal.throwIfAborted();
	const stopwatch = startStopwatch(clock);
	const plan = planTopology(scenario);
	const engine = await openEngine();
	const image = await findSiteImage(engine, imageName);
	const foreignImages = await findForeignImages(engine, scenario);
	const manifest = new Manifest({folder: logFolder, label});
	const labels = labelsOfRun(label);
	const prefix = `streambed-${label.replaceAll(/[^\w.-]+/g, '-')}`;
	const atEngine = {engine, scenario, prefix, labels, manifest, logFolder};
	const imageBrokers = await ImageBrokers.of({...atEngine, clock, signal});
	const serverImage = await findServerImage(engine, scenario);
	const aborted = abortion(signal);

	await using cleanup = new AsyncDisposableStack();
	const run = cleanup.use(new RunAtEngine({engine, label, clock}));
	const imageServers = serverImage && cleanup.use(new ImageServers({...atEngine, image: serverImage, run}));
	const siteAddresses = plan.namespaces.map(({address}) => address);
	const opening = linkNetworkMaker({engine, prefix, labels, manifest, range, siteAddresses});
	const makeNetwork = await Promise.race([opening, aborted]);
	// A container starts as soon as the networks of its own links stand.
	const networks = new Map(plan.links.map(link => [link.name, run.make(makeNetwork(link))]));

	const programs = deployedPrograms(scenario, programsByRole);
	const mail = new SiteMail(programs.map(({name}) => name));
	// A foreign program has a container of its own, in the network of one of ours that holds its links.
	const linksContainer = (site: string) => `${prefix}-${site}.links`;
	/** The first agent that is there answers for the image of all. */
	let programsFit: Promise<void> | undefined;
	const start = async (namespace: PlannedNamespace): Promise<[string, AgentConnection]> => {
		const {site, settings} = namespace;
		const isForeign = scenario.topology.sites[site]?.role === 'foreign';
		const name = isForeign ? linksContainer(site) : `${prefix}-${site}`;
		const links = plan.links.filter(({ends}) => ends.some(end => end.site === site));
		const ends = await Promise.all(
			links.map(async ({name: link, device}) => {
				const {name: network, addresses} = await mustGet(networks, link);
				return {network, device, address: mustGet(addresses, site)};
			}),
		);
		const brokerVolume = imageBrokers?.sites.includes(site) ? await imageBrokers.makeVolume(site) : undefined;
		const serversVolume = imageServers?.sites.includes(site) ? await imageServers.makeVolume(site) : undefined;
		manifest.add({kind: 'container', name});
		const agent: AgentConnection = await startSite({
			logName: isForeign ? `${site}.links` : site,
			...{site, engine, name, logFolder, clock, readyLimitSeconds, image: image.name},
			attachments: ends.map(({network, address}) => ({network, address})),
			labels: {...labels, [runLabels.site]: site},
			sysctls: containerSysctls(settings),
			needs: siteNeeds({site, scenario, logFolder, brokerVolume, serversVolume}),
			listener: {
				event(program, event) {
					const answer = (command: DataServerCommand) => agent.send(program, command);
					if (!imageServers?.hear({site: program, event, answer})) {
						mail.event(program, event);
					}
				},
				lost(program, reason) {
					imageServers?.leave(program);
					mail.lost({site: program, reason});
				},
			},
			onEnd: ({of, reason}) => mail.lost(of === 'engine' ? {reason} : {site, reason: `its container ended: ${reason}`}),
		});
		requireSameMachine(await agent.hello);
		programsFit ??= requireProgramsOf(agent, {image: image.name, signal});
		await programsFit;
		const devices = ends.map(({device, address}) => ({device, address}));
		await agent.call('furnish', {namespace, links, devices, keepsNames: isForeign}, signal);
		return [site, agent];
	};
	const starting = Promise.all(plan.namespaces.map(namespace => run.make(start(namespace))));
	const agents = new Map(await Promise.race([starting, aborted]));
	const containersSeconds = stopwatch();

	await Promise.all(
		[...agents].map(([site, agent]) => {
			const own = programs.filter(program => program.site === site);
			const below = own.map(program => ({...program, path: relative(packageRoot, program.path)}));
			return agent.call('start-programs', {programs: below}, signal);
		}),
	);
	await mail.allReady({clock, limitSeconds: readyLimitSeconds, signal});
	const programsSeconds = stopwatch();

	const startServer = (brokers: ImageBrokers, site: string) =>
		brokers.start({
			...{site, address: addressIn(plan, site), joins: `${prefix}-${site}`},
			onEnd: (program, {of, reason}) =>
				mail.lost(of === 'engine' ? {reason} : {site: program, reason: `its container ended: ${reason}`}),
		});
	if (imageBrokers) {
		const startingServers = imageBrokers.sites.map(site => run.make(startServer(imageBrokers, site)));
		await Promise.race([Promise.all(startingServers), aborted]);
	}
	const brokersSeconds = stopwatch();

	const startForeign = async (program: ForeignProgram) => {
		const {site} = program;
		const name = `${prefix}-${site}`;
		manifest.add({kind: 'container', name});
		const agent = mustGet(agents, site);
		const container = await ForeignContainer.start({
			...{engine, program, name, clock, signal},
			labels: {...labels, [runLabels.site]: site},
			linksContainer: linksContainer(site),
			listeningPorts: async until => (await agent.call('listening-ports', {}, until)).ports,
			logPath: join(logFolder, `${site}.log`),
			onEnd: ({of, reason}) => mail.lost(of === 'engine' ? {reason} : {site, reason: `its container ended: ${reason}`}),
		});
		return {program, container};
	};
	const wanted = foreignPrograms(scenario, site => addressIn(plan, site));
	const startingForeign = Promise.all(wanted.map(program => run.make(startForeign(program))));
	const foreign = new ForeignContainers(await Promise.race([startingForeign, aborted]));
	const setupSeconds = {
		...{containers: containersSeconds, programs: programsSeconds},
		...(imageBrokers && {brokers: brokersSeconds}),
		...(wanted.length > 0 && {foreign: stopwatch()}),
	};
	const kept = cleanup.move();
	return new DockerDeployment({
		agents,
		mail,
		plan,
		images: [
			image,
			...foreignImages,
			...(imageBrokers ? [imageBrokers.image] : []),
			...(serverImage ? [serverImage] : []),
		],
		...{foreign, hasImageServers: imageServers !== undefined},
		setupSeconds,
		resources: kept,
	});
}

/** Instants are compared between sites. */
function requireSameMachine(hello: {readonly bootId: string}): void {
	if (hello.bootId !== bootId()) {
		throw new StreambedError(
			'ENGINE_REFUSED',
			'the container engine runs on another machine, whose clock is not ours',
			{
				hint: 'set DOCKER_HOST to an engine of this machine, or run Streambed there',
			},
		);
	}
}
