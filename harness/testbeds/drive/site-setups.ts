import type {SiteSetup} from '#core/control/messages.ts';
import {runsOurProgram} from '#core/scenario/runs-our-program.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Deployment} from '../testbed.ts';

/** What each site's program is told before anything else, with sizes already scaled. Of the sites that run one of ours. */
export function siteSetups({
	scenario,
	seed,
	deployment,
}: {
	readonly scenario: Scenario;
	readonly seed: number;
	readonly deployment: Pick<Deployment, 'endpoint'>;
}): ReadonlyMap<string, SiteSetup> {
	const {topology, workload, stack, timeScale, limits} = scenario;
	const {folder, ...frames} = workload.frames;
	const measuresWork = workload.stages.some(({work}) => work === 'measured');
	const setups = new Map<string, SiteSetup>();
	for (const [site, description] of Object.entries(topology.sites)) {
		const link = topology.links.find(({between}) => between.includes(site));
		if (!runsOurProgram(description.role) || !link) {
			continue;
		}
		setups.set(site, {
			site,
			transport: stack.transport,
			...(workload.application === 'chunks' ? {} : {application: workload.application}),
			listenEndpoint: deployment.endpoint({link: link.name, to: site}),
			timeScale,
			seed,
			chunkBytes: Math.round(workload.chunk.bytes * timeScale),
			sliceBytes: stack.sliceBytes,
			frames: {...frames, ...(folder === undefined ? {} : {folder})},
			workers: description.role === 'compute' ? description.workers : 0,
			...(description.role === 'compute' && measuresWork ? {measuresWork} : {}),
			bufferedBytesMax: limits.bufferedBytesPerSite,
		});
	}
	return setups;
}
