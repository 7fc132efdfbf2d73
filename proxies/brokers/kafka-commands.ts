import {createHash} from 'node:crypto';
import {join} from 'node:path';
import type {KafkaSetup} from '#core/control/broker-messages.ts';
import type {Bytes} from '#core/units.ts';
import {kafkaLogSettings, kafkaSettings} from './kafka-settings.ts';
import type {ServerCommand, ServerLaunch} from './server-launch.ts';

/** The files that a broker is started from, in its log folder. */
export const kafkaFiles = {settings: 'server.properties', logSettings: 'log4j2.properties'} as const;

/** A broker by itself: its storage is formatted, then it serves. Pure. */
export const kafkaLaunch = (setup: KafkaSetup): ServerLaunch => ({
	files: {
		[join(setup.logFolder, kafkaFiles.settings)]: kafkaSettings(setup),
		[join(setup.logFolder, kafkaFiles.logSettings)]: kafkaLogSettings(),
	},
	preparation: formatCommand(setup),
	command: serveCommand(setup),
	environment: {},
});

/** Gives an empty folder the marks of a cluster; a broker does not start without. Pure. */
export function formatCommand(setup: KafkaSetup): ServerCommand {
	return [
		...javaCommand(setup, 64 * 1024 ** 2),
		'kafka.tools.StorageTool',
		'format',
		'--cluster-id',
		clusterIdOf(setup.site),
		'--config',
		join(setup.logFolder, kafkaFiles.settings),
	];
}

/** Runs the broker until it is ended. Pure. */
export function serveCommand(setup: KafkaSetup): ServerCommand {
	return [...javaCommand(setup, setup.heapBytes), 'kafka.Kafka', join(setup.logFolder, kafkaFiles.settings)];
}

/**
 * One collector thread and the quick compiler alone: a broker starts in a third of the time and leaves the processors to the
 * streams. A broker that runs out of memory ends, so that somebody notices.
 */
function javaCommand({software, logFolder}: KafkaSetup, heapBytes: Bytes): ServerCommand {
	return [
		software.java,
		`-Xmx${Math.round(heapBytes / 1024)}k`,
		'-XX:+UseSerialGC',
		'-XX:TieredStopAtLevel=1',
		'-XX:+ExitOnOutOfMemoryError',
		...(software.classArchive === undefined ? [] : [`-XX:SharedArchiveFile=${software.classArchive}`, '-Xlog:cds=off']),
		`-Dlog4j2.configurationFile=${join(logFolder, kafkaFiles.logSettings)}`,
		'-cp',
		join(software.jars, '*'),
	];
}

/** A cluster's name is 16 bytes in Kafka's alphabet; it cannot begin with a dash, which would look like a flag. */
function clusterIdOf(site: string): string {
	return `S${createHash('sha256').update(site).digest('base64url').slice(1, 21)}A`;
}
