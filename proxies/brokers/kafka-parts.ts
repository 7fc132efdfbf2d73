import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {StreambedError} from '#core/errors.ts';
import {findJava, findKafka, javaInstallCommand} from './kafka-software.ts';

/** One of the things that a broker needs, as it was found or with what brings it. */
export type KafkaPart = {
	readonly name: string;
	readonly ok: boolean;
	readonly detail: string;
	readonly remedy?: string;
};

/** Which Java and which jars of Kafka this machine has. */
export async function kafkaParts(): Promise<readonly KafkaPart[]> {
	const java = findJava();
	if (java === undefined) {
		return [{name: 'java (Kafka)', ok: false, detail: 'not installed', remedy: javaInstallCommand}];
	}
	const {stderr} = await promisify(execFile)(java, ['-version']);
	return [{name: 'java (Kafka)', ok: true, detail: `${stderr.split('\n')[0] ?? ''}, ${java}`}, jars()];
}

function jars(): KafkaPart {
	const name = 'Kafka';
	try {
		const {version, jars: folder, classArchive} = findKafka();
		const prepared = classArchive === undefined ? 'classes not prepared' : 'classes prepared';
		return {name, ok: true, detail: `${version}, ${folder}, ${prepared}`};
	} catch (error) {
		if (error instanceof StreambedError) {
			return {name, ok: false, detail: error.message, ...(error.hint === undefined ? {} : {remedy: error.hint})};
		}
		throw error;
	}
}
