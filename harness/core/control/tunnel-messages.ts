import type {TunnelKind} from '../scenario/tunnel-schema.ts';
import type {Bytes, Ms, Seconds} from '../units.ts';

/** What the harness says to the programs of a tunnel: the gateways, and the user client beside the consumer. */

export type GatewayCommand =
	| {readonly kind: 'setup-gateway'; readonly setup: GatewaySetup}
	| {readonly kind: 'start-clock'; readonly startNs: string}
	/** Ends every data server without a word; the control server sees to it that they come back. */
	| {readonly kind: 'kill-data-servers'}
	/** Ends the control server and its sessions' data servers, and starts it anew. */
	| {readonly kind: 'restart-control'}
	| DataServerCommand
	| {readonly kind: 'exit'};

export type GatewaySetup = {
	readonly site: string;
	readonly host: string;
	readonly controlPort: number;
	readonly dataPorts: readonly [first: number, last: number];
	/** Without a data server the gateway only forwards; its program says how the site is. */
	readonly dataServer: TunnelKind;
	readonly credentials?: TunnelCredentials;
	/** Who may call. */
	readonly tokens: ReadonlyArray<{readonly name: string; readonly token: string}>;
	readonly timeScale: number;
	/** Of the gateway alone; it goes with the site. */
	readonly folder: string;
	/** Where its data servers are containers of an image, which the harness starts: the folder that they share with the gateway. */
	readonly serversFolder?: string;
};

/** What a gateway says whose data servers are containers. Each is called by a number of its gateway’s. */
export type DataServerEvent =
	| {
			readonly kind: 'data-server-wanted';
			readonly server: string;
			readonly command: readonly [program: string, ...parameters: string[]];
			/** Whether the gateway wants to be told what it says. */
			readonly isHeard: boolean;
	  }
	/** It may go; `data-server-ended` answers when it has. */
	| {readonly kind: 'data-server-unwanted'; readonly server: string};

/** What the harness answers. */
export type DataServerCommand =
	| {readonly kind: 'data-server-started'; readonly server: string}
	/** It cannot be started: nothing is left of it. */
	| {
			readonly kind: 'data-server-refused';
			readonly server: string;
			readonly message: string;
			readonly hint?: string;
	  }
	/** A line that it wrote to its standard error. */
	| {readonly kind: 'data-server-said'; readonly server: string; readonly line: string}
	| {readonly kind: 'data-server-ended'; readonly server: string; readonly reason: string};

export type TunnelCredentials =
	| {
			readonly kind: 'certificate';
			readonly certificatePem: string;
			readonly keyPem: string;
			readonly authorityPem: string;
	  }
	| {readonly kind: 'shared-secret'; readonly secret: string};

export type UserClientCommand =
	| {readonly kind: 'setup-client'; readonly setup: UserClientSetup}
	| {readonly kind: 'open-session'; readonly stream: string; readonly token: string; readonly target: string}
	| {readonly kind: 'close-session'; readonly stream: string}
	| {readonly kind: 'exit'};

export type UserClientSetup = {
	readonly site: string;
	/** `host:port` of the control servers. */
	readonly inbound: string;
	readonly outbound: string;
	/** How long an answer of theirs may take. */
	readonly callSeconds: Seconds;
};

/** What the user client says. */
export type SessionEvent =
	| {
			readonly kind: 'session-opened';
			readonly stream: string;
			/** Where the data servers listen, `host:port`. */
			readonly inboundListener: string;
			readonly outboundListener: string;
			readonly steps: SessionSteps;
	  }
	| {
			readonly kind: 'session-closed';
			readonly stream: string;
			/** As the producer's gateway counted them: from the consumer, and from the producer. */
			readonly forwardBytes: Bytes;
			readonly backwardBytes: Bytes;
			readonly restartCount: number;
	  }
	| {readonly kind: 'session-refused'; readonly stream: string; readonly message: string};

/** How long the steps of a set-up took: the calls of each side, which go on at the same time, and all of it. */
export type SessionSteps = {
	readonly wholeMs: Ms;
	readonly inbound: {readonly reqMs: Ms; readonly helloMs: Ms; readonly updateMs: Ms};
	readonly outbound: {readonly reqMs: Ms; readonly helloMs: Ms; readonly updateMs: Ms};
};
