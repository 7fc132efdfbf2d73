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
export type BrokerSetup = {
	readonly site: string;
	/** Where clients reach it, from every side. */
	readonly host: string;
	readonly port: number;
	/** Where the broker speaks to its own controller, on the loopback device. */
	readonly controllerPort: number;
	readonly heapBytes: Bytes;
	readonly batchBytes: Bytes;
	readonly retentionSeconds: Seconds;
	readonly topicLogBytes: Bytes;
	readonly readyWithinSeconds: Seconds;
	/** Where its data goes. With a size, a file system of that size is mounted there, in memory and for this program alone. */
	readonly dataFolder: string;
	readonly dataBytes?: Bytes;
	/** Where its settings and its own log stay after the run. */
	readonly logFolder: string;
	readonly software: KafkaSoftware;
};

/** What runs a broker, as it was found on this machine. */
export type KafkaSoftware = {
	readonly java: string;
	/** The folder of the jars. */
	readonly jars: string;
	readonly version: string;
	/** Classes as the virtual machine has prepared them before, where that was done. */
	readonly classArchive?: string;
};

/** Whatever can be said to a program of ours. */
export type ProgramCommand = NodeCommand | BrokerCommand | GatewayCommand | UserClientCommand;
