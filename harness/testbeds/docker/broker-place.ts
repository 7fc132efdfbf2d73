import type {BrokerPlace} from '../testbed.ts';
import {brokerDataFolder, javaInImage} from './site-needs.ts';

/** Where the broker of a site stands in its container: what it may hold is limited by the file system that it is given there. */
export const brokerPlaceAt = ({site, host}: {readonly site: string; readonly host: string}): BrokerPlace => ({
	host,
	port: 9092,
	controllerPort: 9093,
	dataFolder: brokerDataFolder(site),
	mountsData: false,
	java: javaInImage,
});
