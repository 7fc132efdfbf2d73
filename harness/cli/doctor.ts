import {type ExitCode, exitCodes} from '#core/errors.ts';
import {type Capability, probeCapabilities} from '#netem/capabilities.ts';
import {brokerParts} from '#proxies/brokers/broker-parts.ts';
import {kafkaParts} from '#proxies/brokers/kafka-parts.ts';
import {dataServerPrograms} from '#proxies/scistream/data-servers/require-program.ts';

/** Prints what this machine can emulate, the command that would bring what it cannot, and which testbeds can run. Ends by the testbed namespaces. */
export async function doctor({
	json,
	write,
}: {
	readonly json: boolean;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	const {engineCapabilities} = await import('#testbeds/docker/engine-capabilities.ts');
	const {swarmCapabilities} = await import('#testbeds/swarm/swarm-capabilities.ts');
	const machine = await probeCapabilities();
	const engine = await engineCapabilities();
	const swarm = await swarmCapabilities();
	const capabilities = [...machine, ...dataServerCapabilities(), ...(await brokerCapabilities()), ...engine, ...swarm];
	const lacks = (wanted: readonly Capability[]) => wanted.filter(({ok}) => !ok).map(({name}) => name);
	const testbeds: readonly TestbedVerdict[] = [
		{testbed: 'simulated', lacks: []},
		{testbed: 'namespaces', lacks: lacks(machine.filter(({required}) => required))},
		{testbed: 'docker', lacks: lacks(engine)},
		// A node that is away is no obstacle to the others.
		{testbed: 'swarm', lacks: lacks([...engine, ...swarm.filter(({name}) => name === 'swarm')])},
	];
	const able = capabilities.every(({ok, required}) => ok || !required);
	const document = {namespaces: able, testbeds, capabilities};
	write(json ? `${JSON.stringify(document, undefined, '\t')}\n` : report(capabilities, testbeds));
	return able ? exitCodes.fine : exitCodes.machineLacks;
}

/** What stands between a testbed and its running here, by the names of what is lacking: nothing where it can run. */
type TestbedVerdict = {readonly testbed: string; readonly lacks: readonly string[]};

/** Data servers are wanted by the scenarios that name them alone. */
function dataServerCapabilities(): Capability[] {
	return dataServerPrograms().map(({name, path, remedy}) => {
		const shown = {name: `${name} (data server)`, required: false};
		return path === undefined
			? {...shown, ok: false, detail: 'not installed', remedy}
			: {...shown, ok: true, detail: path};
	});
}

/** Brokers are wanted by the scenarios whose transport they are alone. */
async function brokerCapabilities(): Promise<Capability[]> {
	return [...(await kafkaParts()), ...(await brokerParts())].map(part => ({...part, required: false}));
}

function report(capabilities: readonly Capability[], testbeds: readonly TestbedVerdict[]): string {
	const width = Math.max(...capabilities.map(({name}) => name.length));
	const lines = capabilities.flatMap(({name, ok, detail, required, remedy}) => [
		`${mark(ok, required)}  ${name.padEnd(width)}  ${detail}`,
		...(ok || remedy === undefined ? [] : [`${' '.repeat(width + 11)}${remedy}`]),
	]);
	const verdicts = testbeds.map(({testbed, lacks}) =>
		lacks.length === 0
			? `The testbed ${testbed} can run here.`
			: `The testbed ${testbed} cannot run here until what it lacks is there: ${lacks.join(', ')}.`,
	);
	return `${[...lines, '', ...verdicts].join('\n')}\n`;
}

function mark(ok: boolean, required: boolean): string {
	if (ok) {
		return 'ok     ';
	}
	return required ? 'MISSING' : 'lacks  ';
}
