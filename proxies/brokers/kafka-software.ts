import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {KafkaSetup, KafkaSoftware} from '#core/control/broker-messages.ts';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {packageRoot} from '#core/package-root.ts';

export const javaInstallCommand = 'apt-get install --yes openjdk-17-jre-headless';
export const kafkaInstallCommand = 'sh scripts/install-kafka.sh';

/** The Java and the Kafka that brokers of this machine run on. Throws TOOL_MISSING with the command that helps. */
export function findKafka(environment: NodeJS.ProcessEnv = process.env): KafkaSoftware {
	const java = findJava(environment);
	if (java === undefined) {
		throw new StreambedError('TOOL_MISSING', 'Kafka runs on Java, and there is no java on the path or in JAVA_HOME', {
			hint: javaInstallCommand,
		});
	}
	return {java, ...findKafkaJars(environment)};
}

/**
 * The Kafka of brokers whose Java is an image's: jars of `STREAMBED_KAFKA_HOME` or `KAFKA_HOME` (in `libs/`, as Kafka's own
 * distribution has them), or those that `scripts/install-kafka.sh` brought. Throws TOOL_MISSING with the command that helps.
 */
export function findKafkaJars(environment: NodeJS.ProcessEnv = process.env): Omit<KafkaSoftware, 'java'> {
	const home = kafkaHome(environment);
	const jars = join(home.folder, 'libs');
	const version = existsSync(jars) ? versionOf(readdirSync(jars)) : undefined;
	if (version === undefined) {
		const hint =
			home.variable === undefined ? kafkaInstallCommand : `${kafkaInstallCommand}, or correct ${home.variable}`;
		throw new StreambedError('TOOL_MISSING', `no jars of Kafka stand in ${jars}`, {hint});
	}
	const classArchive = join(home.folder, 'classes.jsa');
	return {jars, version, ...(existsSync(classArchive) ? {classArchive} : {})};
}

/** Where a broker stands, which need not be where its jars were found: throws TOOL_MISSING unless those of the same version are there. */
export function requireJars({site, software: {jars, version}}: Pick<KafkaSetup, 'site' | 'software'>): void {
	const found = existsSync(jars) ? versionOf(readdirSync(jars)) : undefined;
	if (found !== version) {
		throw new StreambedError(
			'TOOL_MISSING',
			`the broker at ${site} is to run on Kafka ${version}, and in ${jars} there ${found === undefined ? 'are no jars' : `is ${found}`}`,
			{hint: `${kafkaInstallCommand}, on the machine where ${site} stands`},
		);
	}
}

export function findJava({JAVA_HOME, PATH}: NodeJS.ProcessEnv = process.env): string | undefined {
	const ofHome = JAVA_HOME ? join(JAVA_HOME, 'bin/java') : undefined;
	return ofHome !== undefined && existsSync(ofHome) ? ofHome : findProgram('java', PATH);
}

function kafkaHome(environment: NodeJS.ProcessEnv): {readonly folder: string; readonly variable?: string} {
	for (const variable of ['STREAMBED_KAFKA_HOME', 'KAFKA_HOME']) {
		const folder = environment[variable];
		if (folder) {
			return {folder, variable};
		}
	}
	return {folder: join(packageRoot, '.kafka')};
}

/** `kafka_2.13-4.1.2.jar` is the server, in version 4.1.2. */
function versionOf(files: readonly string[]): string | undefined {
	return files.map(file => /^kafka_[\d.]+-(\d[\w.]*)\.jar$/.exec(file)?.[1]).find(version => version !== undefined);
}
