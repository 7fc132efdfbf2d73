/** A program, and what it is told. */
export type ServerCommand = readonly [program: string, ...parameters: string[]];

/** What the server of a broker is started from, here or in a container of its own image. */
export type ServerLaunch = {
	/** Its settings, by path, in the broker's log folder. */
	readonly files: Readonly<Record<string, string>>;
	/** To be run to its end before. */
	readonly preparation?: ServerCommand;
	/** Programs that run as long as the server does, each by itself. An image has its own way for what they do. */
	readonly companions?: readonly ServerCommand[];
	readonly command: ServerCommand;
	/** Put over the environment that is there. */
	readonly environment: Readonly<Record<string, string>>;
};
