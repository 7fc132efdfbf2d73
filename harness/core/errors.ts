/** What a process of ours says to the shell when it ends. */
export const exitCodes = {
	fine: 0,
	ourBug: 1,
	badInput: 2,
	machineLacks: 3,
	notValid: 4,
	expectationFailed: 5,
	regression: 6,
	inconclusive: 7,
	interrupted: 130,
} as const;

/** What each exit code means, as `--help` prints it. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
	fine: 'fine',
	ourBug: 'our bug',
	badInput: 'bad scenario or usage',
	machineLacks: 'the machine lacks something; the message says what and how to get it',
	notValid: 'the run is not valid',
	expectationFailed: 'an expectation failed',
	regression: 'regression',
	inconclusive: 'inconclusive',
	interrupted: 'interrupted',
};

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Every operating error, with what it means and the exit code it ends a run with. */
export const errorCodes = {
	SCENARIO_INVALID: {exitCode: exitCodes.badInput, meaning: 'the scenario does not pass its schema or its checks'},
	SCENARIO_NOT_FOUND: {exitCode: exitCodes.badInput, meaning: 'no scenario stands under that name or path'},
	USAGE: {exitCode: exitCodes.badInput, meaning: 'a flag, an argument or a STREAMBED_ variable is off'},
	PROBLEM_INVALID: {exitCode: exitCodes.badInput, meaning: 'a placement problem does not pass its schema'},
	RUN_FOLDER_INVALID: {
		exitCode: exitCodes.badInput,
		meaning: 'a folder is not a run of ours, or a file in it is damaged',
	},
	NOT_COMPARABLE: {exitCode: exitCodes.inconclusive, meaning: 'two runs differ in what must be equal to compare them'},
	TOOL_MISSING: {exitCode: exitCodes.machineLacks, meaning: 'a program that the testbed needs is not installed'},
	NAMESPACES_DENIED: {exitCode: exitCodes.machineLacks, meaning: 'the kernel refuses user namespaces to this user'},
	KERNEL_LACKS: {exitCode: exitCodes.machineLacks, meaning: 'the kernel lacks a feature that the scenario asks for'},
	ENGINE_UNREACHABLE: {
		exitCode: exitCodes.machineLacks,
		meaning: 'no container engine answers, or it refuses this user',
	},
	ENGINE_REFUSED: {exitCode: exitCodes.machineLacks, meaning: 'the container engine refuses what a run needs'},
	IMAGE_UNFIT: {
		exitCode: exitCodes.machineLacks,
		meaning: 'an image is missing, or its programs are not those of this build',
	},
	UNDERLAY_SLOW: {
		exitCode: exitCodes.machineLacks,
		meaning: 'a link is to be faster than the network that carries it from one machine to another',
	},
	COMMAND_FAILED: {exitCode: exitCodes.ourBug, meaning: 'a command that should have worked did not'},
	NODE_LOST: {exitCode: exitCodes.notValid, meaning: 'a node of the testbed ended before its time'},
	JOIN_REFUSED: {
		exitCode: exitCodes.notValid,
		meaning: 'a node registered twice, or under a name that is not its own',
	},
	HOLDER_LOST: {exitCode: exitCodes.notValid, meaning: 'the process that owns the namespaces ended before its time'},
	DISK_FULL: {exitCode: exitCodes.notValid, meaning: 'the disk that the run folder is on is full'},
	OUT_REFUSED: {exitCode: exitCodes.badInput, meaning: 'the folder for results cannot be made or written to'},
	LISTEN_REFUSED: {exitCode: exitCodes.badInput, meaning: 'an address cannot be listened at, or is in use'},
	CERTIFICATE_INVALID: {exitCode: exitCodes.badInput, meaning: 'a certificate or key cannot be used'},
	SERVER_UNREACHABLE: {
		exitCode: exitCodes.machineLacks,
		meaning: 'a server cannot be reached, cannot be verified or does not answer in time',
	},
	CALL_REFUSED: {exitCode: exitCodes.badInput, meaning: 'a server refuses what it was asked'},
	DATA_SERVER_FAILED: {
		exitCode: exitCodes.notValid,
		meaning: 'a data server cannot be started as asked, or ended before its time',
	},
	LIMIT_REACHED: {exitCode: exitCodes.notValid, meaning: 'a limit of the scenario was reached'},
	TIMED_OUT: {exitCode: exitCodes.notValid, meaning: 'something did not happen in the time it was given'},
	NOT_VALID: {exitCode: exitCodes.notValid, meaning: 'the run ended, but its numbers cannot be trusted'},
	EXPECTATION_FAILED: {exitCode: exitCodes.expectationFailed, meaning: 'an expectation of the scenario does not hold'},
	INTERRUPTED: {exitCode: exitCodes.interrupted, meaning: 'the run was interrupted and ended in order'},
} as const satisfies Record<string, {exitCode: ExitCode; meaning: string}>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * An operating error: something outside the program is not as it must be.
 *
 * `message` says what was attempted, with numbers and units; `hint` says what to do about it.
 * Programmer errors are assertions instead.
 */
export class StreambedError extends Error {
	override readonly name = 'StreambedError';
	readonly code: ErrorCode;
	readonly hint: string | undefined;

	constructor(code: ErrorCode, message: string, options: {readonly hint?: string; readonly cause?: unknown} = {}) {
		super(message, {cause: options.cause});
		this.code = code;
		this.hint = options.hint;
	}

	get exitCode(): ExitCode {
		return errorCodes[this.code].exitCode;
	}
}
