import {type ExitCode, exitCodes} from '#core/errors.ts';
import {type Capability, probeCapabilities} from '#netem/capabilities.ts';
import {brokerParts} from '#proxies/brokers/broker-parts.ts';
import {kafkaParts} from '#proxies/brokers/kafka-parts.ts';
import {dataServerPrograms} from '#proxies/scistream/data-servers/require-program.ts';

/** Prints what this machine can emulate, and the command that would bring what it cannot. */
export async function doctor({
	json,
	write,
}: {
	readonly json: boolean;
	readonly write: (text: string) => void;
}): Promise<ExitCode> {
	const {engineCapabilities} = await import('#testbeds/docker/engine-capabilities.ts');
	const {swarmCapabilities} = await import('#testbeds/swarm/swarm-capabilities.ts');
	const capabilities = [
		...(await probeCapabilities()),
		...dataServerCapabilities(),
		...(await brokerCapabilities()),
		...(await engineCapabilities()),
		...(await swarmCapabilities()),
	];
	const able = capabilities.every(({ok, required}) => ok || !required);
	write(json ? `${JSON.stringify({namespaces: able, capabilities}, undefined, '\t')}\n` : report(capabilities, able));
	return able ? exitCodes.fine : exitCodes.machineLacks;
}

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

function report(capabilities: readonly Capability[], able: boolean): string {
	const width = Math.max(...capabilities.map(({name}) => name.length));
	const lines = capabilities.flatMap(({name, ok, detail, required, remedy}) => [
		`${mark(ok, required)}  ${name.padEnd(width)}  ${detail}`,
		...(ok || remedy === undefined ? [] : [`${' '.repeat(width + 11)}${remedy}`]),
	]);
	const verdict = able
		? 'The namespaces testbed can run here.'
		: 'The namespaces testbed cannot run here until what is MISSING is there.';
	return `${[...lines, '', verdict].join('\n')}\n`;
}

function mark(ok: boolean, required: boolean): string {
	if (ok) {
		return 'ok     ';
	}
	return required ? 'MISSING' : 'lacks  ';
}
