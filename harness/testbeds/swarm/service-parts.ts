import {programEnvironment} from '#core/control/program-environment.ts';
import {environmentList} from './environment-list.ts';

/** What the containers of every service of ours have: our image, and one of its programs, which has nothing to do when it is to leave. Pure. */
export function containerSpec({
	image,
	labels,
	program,
	environment,
	engineHost,
	flags = [],
	stopSignal = 'SIGKILL',
}: {
	/** By its id, which is the same wherever a node has it from: so no node looks for it anywhere else. */
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
	/** Below the folder of our programs in the image. */
	readonly program: string;
	readonly environment: Readonly<Record<string, string>>;
	/** The engine that the program is to speak to, where it does. */
	readonly engineHost?: string;
	/** Of Node. */
	readonly flags?: readonly string[];
	/** The first program of a container hears of no signal that it does not ask for, and asks once it is there: KILL unless it has to put things in order. */
	readonly stopSignal?: string;
}) {
	return {
		Image: image,
		Labels: {...labels},
		Command: ['node', ...flags, program],
		Dir: '/opt/streambed',
		Env: environmentList({
			...programEnvironment,
			...environment,
			...(engineHost !== undefined && {DOCKER_HOST: engineHost}),
		}),
		StopSignal: stopSignal,
		StopGracePeriod: stopWithinNs,
	};
}

/** Then it is killed. */
const stopWithinNs = 3_000_000_000;

/** Of what a task writes, so much is kept at its node. */
export const taskLog = {Name: 'json-file', Options: {'max-size': '1m', 'max-file': '2'}} as const;

/** Without it, the kernel of every node would have to balance. */
export const endpoints = {Mode: 'dnsrr'} as const;
