import type {NetworkInterfaceInfo} from 'node:os';
import {StreambedError} from '#core/errors.ts';
import type {Command} from '#netem/command.ts';

/** An end of a link in a container: what the plan calls the device, and the address that the engine gave it. */
export type EngineDevice = {readonly device: string; readonly address: string};

/**
 * The `ip` commands that make a container's interfaces the devices of a plan: each is found by the address that the engine gave it, taken
 * down, freed of that address and so of every route, and renamed. With `keepsNames` it is found by its old name too: an engine that does not
 * find its interfaces says nothing of what a container uses. Throws COMMAND_FAILED when no interface has the address. Pure.
 */
export function adoptCommands(
	wanted: readonly EngineDevice[],
	interfaces: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address'>[] | undefined>>,
	{keepsNames = false}: {readonly keepsNames?: boolean} = {},
): readonly Command[] {
	return wanted.flatMap(({device, address}) => {
		const found = Object.keys(interfaces).find(name => interfaces[name]?.some(one => one.address === address));
		if (found === undefined) {
			const seen = Object.entries(interfaces).map(([name, all]) => `${name} ${all?.map(one => one.address).join(' ')}`);
			throw new StreambedError(
				'COMMAND_FAILED',
				`no interface of the container has ${address}; there are ${seen.join(', ')}`,
			);
		}
		return [
			['link', 'set', 'dev', found, 'down'],
			['address', 'flush', 'dev', found],
			['link', 'set', 'dev', found, 'name', device],
			...(keepsNames ? [['link', 'property', 'add', 'dev', device, 'altname', found]] : []),
		];
	});
}
