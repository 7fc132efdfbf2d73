import type {Bytes, Seconds} from '../units.ts';
import type {NodeCommand} from './messages.ts';
import type {GatewayCommand, UserClientCommand} from './tunnel-messages.ts';

/**
 * What the harness says to the program that keeps a broker, beside the program of its site. It answers with `set-up` once the
 * broker is ready, with `topics-made`, and with `failed`.
 */
export type BrokerCommand =
	| {readonly kind: 'setup-broker'; readonly setup: BrokerSetup}
	| {readonly kind: 'make-topics'; readonly id: number; readonly topics: readonly string[]}
	| {readonly kind: 'exit'};

/** Everything that a broker is made from. */
export type BrokerSetup = KafkaSetup | RabbitmqSetup | NatsSetup;

/** Where a broker stands, whatever it is. */
export type BrokerStand = {
	readonly site: string;
	/** Where clients reach it, from every side. */
	readonly host: string;
	readonly port: number;
	/** Where the broker speaks to what belongs to it, on the loopback device. It may take the port after this one, too. */
	readonly controllerPort: number;
	readonly readyWithinSeconds: Seconds;
	/** Where its data goes. With a size, a file system of that size is mounted there, in memory and for this program alone. */
	readonly dataFolder: string;
	readonly dataBytes?: Bytes;
	/** The image of its server, which runs in a container of its own and is started by the harness. Absent where the program that keeps it starts it. */
	readonly image?: string;
	/** Where its settings and its own log stay after the run. */
	readonly logFolder: string;
};

export type KafkaSetup = BrokerStand & {
	readonly kind: 'kafka';
	readonly heapBytes: Bytes;
	readonly batchBytes: Bytes;
	readonly retentionSeconds: Seconds;
	readonly topicLogBytes: Bytes;
	readonly software: KafkaSoftware;
};

/** What runs a broker, as it was found on this machine. */
export type KafkaSoftware = {
	readonly java: string;
	/** The folder of the jars. */
	readonly jars: string;
	/** Absent where an image brings it. */
	readonly version?: string;
	/** Classes as the virtual machine has prepared them before, where that was done. */
	readonly classArchive?: string;
};

/** Its program is looked for where the broker stands. */
export type RabbitmqSetup = BrokerStand & {
	readonly kind: 'rabbitmq';
	/** Beyond it, writers are made to wait. */
	readonly memoryBytes: Bytes;
	/** What one queue may hold. */
	readonly queueBytes: Bytes;
};

/** Its program is looked for where the broker stands. */
export type NatsSetup = BrokerStand & {
	readonly kind: 'nats';
	/** What all queues together may hold. */
	readonly memoryBytes: Bytes;
	/** What one queue may hold. */
	readonly queueCount: number;
	/** What readers of one queue may hold that they have not acknowledged. */
	readonly windowCount: number;
	readonly messageBytesMax: Bytes;
};

/** Whatever can be said to a program of ours. */
export type ProgramCommand = NodeCommand | BrokerCommand | GatewayCommand | UserClientCommand;
