import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {StreambedError} from '#core/errors.ts';
import {findMount} from './mount-software.ts';
import {findNats} from './nats-software.ts';
import {findRabbitmq} from './rabbitmq-software.ts';

/** A broker other than Kafka, or what one needs, as it was found or with what brings it. */
export type BrokerPart = {
	readonly name: string;
	readonly ok: boolean;
	readonly detail: string;
	readonly remedy?: string;
};

/** Which RabbitMQ and which NATS this machine has, and what brokers of every kind need. */
export async function brokerParts(): Promise<readonly BrokerPart[]> {
	return [
		await part('mount (brokers)', async () => findMount()),
		await part('RabbitMQ', async () => {
			const {version, server} = findRabbitmq();
			return `${version}, ${server}`;
		}),
		await part('NATS', async () => {
			const program = findNats();
			const {stdout} = await promisify(execFile)(program, ['--version']);
			return `${stdout.trim()}, ${program}`;
		}),
	];
}

async function part(name: string, found: () => Promise<string>): Promise<BrokerPart> {
	try {
		return {name, ok: true, detail: await found()};
	} catch (error) {
		if (error instanceof StreambedError) {
			return {name, ok: false, detail: error.message, ...(error.hint === undefined ? {} : {remedy: error.hint})};
		}
		throw error;
	}
}
