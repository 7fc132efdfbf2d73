import type {KafkaSetup} from '#core/control/broker-messages.ts';

/** A segment is the least that a topic can forget; small ones keep the logs close to what they may hold. */
const segmentBytes = 4 * 1024 ** 2;

/** What one request or one batch may weigh, whatever a scenario's batches are: Kafka counts its own framing in. */
const messageBytesMin = 8 * 1024 ** 2;

/**
 * `server.properties` of a broker that is a cluster of its own: broker and controller in one process, one replica of everything,
 * no topic that was not asked for. Pure.
 */
export function kafkaSettings(setup: KafkaSetup): string {
	const {host, port, controllerPort, dataFolder, retentionSeconds, topicLogBytes, batchBytes} = setup;
	return propertiesText({
		'process.roles': 'broker,controller',
		'node.id': 1,
		'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
		'controller.listener.names': 'CONTROLLER',
		listeners: `PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
		'advertised.listeners': `PLAINTEXT://${host}:${port}`,
		'log.dirs': dataFolder,
		'auto.create.topics.enable': false,
		'num.partitions': 1,
		'default.replication.factor': 1,
		'offsets.topic.replication.factor': 1,
		'transaction.state.log.replication.factor': 1,
		'transaction.state.log.min.isr': 1,
		'share.coordinator.state.topic.replication.factor': 1,
		'share.coordinator.state.topic.min.isr': 1,
		'num.network.threads': 2,
		'num.io.threads': 2,
		'num.recovery.threads.per.data.dir': 1,
		// The kernel sizes the buffers of sockets better than a number that knows no link.
		'socket.send.buffer.bytes': -1,
		'socket.receive.buffer.bytes': -1,
		'message.max.bytes': Math.max(messageBytesMin, 2 * batchBytes),
		'log.segment.bytes': segmentBytes,
		'log.index.size.max.bytes': 1024 ** 2,
		'log.retention.ms': Math.round(retentionSeconds * 1000),
		'log.retention.bytes': topicLogBytes,
		'log.retention.check.interval.ms': 1000,
		'log.initial.task.delay.ms': 1000,
		'log.segment.delete.delay.ms': 1000,
		// Nothing is compacted, and the cleaner would take half of a small heap for itself.
		'log.cleaner.enable': false,
		'controlled.shutdown.enable': false,
	});
}

/** What the broker's own log says, and where: all of it on its standard output. Pure. */
export function kafkaLogSettings(): string {
	return propertiesText({
		status: 'error',
		'appender.out.type': 'Console',
		'appender.out.name': 'out',
		'appender.out.layout.type': 'PatternLayout',
		'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
		'rootLogger.level': 'info',
		'rootLogger.appenderRef.out.ref': 'out',
		'logger.settings.name': 'org.apache.kafka.common.config.AbstractConfig',
		'logger.settings.level': 'warn',
	});
}

function propertiesText(properties: Readonly<Record<string, string | number | boolean>>): string {
	return Object.entries(properties)
		.map(([name, value]) => `${name}=${value}\n`)
		.join('');
}
