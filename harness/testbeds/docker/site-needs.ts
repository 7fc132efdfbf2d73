import {dirname} from 'node:path';
import type {Scenario} from '#core/scenario/schema.ts';
import type {Bytes} from '#core/units.ts';
import {findKafkaJars} from '#proxies/brokers/kafka-software.ts';
import {brokerDataBytes} from '../brokers/broker-data-bytes.ts';
import {brokerSites} from '../brokers/broker-program.ts';

/** What a site's container has from outside of its image: folders of its machine, at the same places, and room in memory. */
export type SiteNeeds = {
	readonly mounts: ReadonlyArray<{readonly source: string; readonly target: string; readonly mode: 'ro' | 'rw'}>;
	/** How large each may become, by its path. */
	readonly memoryFolders: Readonly<Record<string, Bytes>>;
};

/** Where the broker of a site keeps its data. */
export const brokerDataFolder = (site: string): string => `${brokerFolder}/${site}`;

/** Where a gateway keeps what it shares with data servers of an image. */
export const dataServersFolder = (site: string): string => `/run/data-servers/${site}`;

/** Java, where the image has it. */
export const javaInImage = '/usr/bin/java';

/** Frames are read by those who send them; a broker has its jars where it runs on them, a place for its log, and as much room as the scenario gives it: in
 * its own container, or in a volume that it shares with the one it runs in. */
export function siteNeeds({
	site,
	scenario,
	logFolder,
	brokerVolume,
	serversVolume,
}: {
	readonly site: string;
	readonly scenario: Scenario;
	/** Where a broker writes its log. Absent where its machine does not have the folders of this one. */
	readonly logFolder?: string;
	/** Where a broker of another image keeps its data. */
	readonly brokerVolume?: string | undefined;
	/** What a gateway shares with data servers of an image. */
	readonly serversVolume?: string | undefined;
}): SiteNeeds {
	const {folder} = scenario.workload.frames;
	const broker = brokerSites(scenario).includes(site) ? scenario.stack.broker : undefined;
	return {
		mounts: [
			...(folder === undefined ? [] : [sameAt(folder, 'ro')]),
			...(broker?.kind === 'kafka' && broker.image === undefined ? [sameAt(dirname(findKafkaJars().jars), 'ro')] : []),
			...(brokerVolume === undefined
				? []
				: [{source: brokerVolume, target: brokerDataFolder(site), mode: 'rw' as const}]),
			...(serversVolume === undefined
				? []
				: [{source: serversVolume, target: dataServersFolder(site), mode: 'rw' as const}]),
			...(broker && logFolder !== undefined ? [sameAt(logFolder, 'rw')] : []),
		],
		memoryFolders: broker && broker.image === undefined ? {[brokerFolder]: brokerDataBytes(broker)} : {},
	};
}

const brokerFolder = '/run/broker';

const sameAt = (path: string, mode: 'ro' | 'rw') => ({source: path, target: path, mode});
