import type {Scenario} from '#core/scenario/schema.ts';
import {brokerProgram, brokerProgramPath, brokerSites} from './brokers/broker-program.ts';
import type {ProgramsByRole} from './namespaces/programs-by-role.ts';
import {tunnelPrograms} from './tunnels/tunnel-programs.ts';

/** A program that runs at a site, by what it is called: as its site, or with a word of its own behind a slash. */
export type DeployedProgram = {readonly site: string; readonly name: string; readonly path: string};

/** All programs of ours in a scenario: one at each site that has a role in streams, those of brokers and of tunnels beside them. */
export function deployedPrograms(scenario: Scenario, programs: ProgramsByRole): readonly DeployedProgram[] {
	return [
		...Object.entries(scenario.topology.sites).flatMap(([site, {role}]) =>
			role === 'router' || role === 'gateway' || role === 'foreign' ? [] : [{site, name: site, path: programs[role]}],
		),
		...brokerSites(scenario).map(site => ({site, name: brokerProgram(site), path: brokerProgramPath})),
		...tunnelPrograms(scenario),
	];
}
