import type {Broker} from '#core/scenario/broker-schema.ts';
import type {Bytes} from '#core/units.ts';

/** How large a broker's own file system is. */
export function brokerDataBytes(broker: Broker): Bytes {
	switch (broker.kind) {
		case 'kafka':
			return broker.logsBytes;
		case 'rabbitmq':
			// What it holds beyond its memory, it puts there.
			return broker.memoryBytes;
		case 'nats':
			// Its streams are in its memory: here it only notes that they are there.
			return notesBytes;
		default:
			return broker satisfies never;
	}
}

const notesBytes: Bytes = 64e6;
