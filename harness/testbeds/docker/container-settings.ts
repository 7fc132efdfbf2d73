import {existsSync, readFileSync} from 'node:fs';
import {StreambedError} from '#core/errors.ts';
import type {NamespaceSetting} from '#netem/namespace-settings.ts';

/**
 * The settings of a site's namespace as an engine takes them. Inside of a container they can only be read, and they are made before any
 * interface: what is meant for a device is set for all that will come. What this kernel does not have, it has in no container either.
 */
export function containerSysctls(settings: readonly NamespaceSetting[]): Record<string, string> {
	return Object.fromEntries(
		settings
			.filter(({path, optional}) => !optional || existsSync(`/proc/sys/${path}`))
			.map(({path, value}) => [path.replace(perDevice, '$1default$3').replaceAll('/', '.'), value]),
	);
}

/** To be called inside: throws KERNEL_LACKS when a setting is not as it was asked for. */
export function requireSettings(settings: readonly NamespaceSetting[]): void {
	for (const {path, value, optional} of settings) {
		if (optional && !existsSync(`/proc/sys/${path}`)) {
			continue;
		}
		const held = readFileSync(`/proc/sys/${path}`, 'utf8').trim().replaceAll('\t', ' ');
		// A loose filter (2) lets pass what can be answered at all, which is all that is asked.
		if (held !== value && !(path.endsWith('/rp_filter') && held === '2')) {
			throw new StreambedError('KERNEL_LACKS', `${path} is ${held} in the container, and ${value} was asked for`, {
				hint: `as root, on the machine of the engine: sysctl -w ${path.replace(perDevice, '$1default$3').replaceAll('/', '.')}=${value}`,
			});
		}
	}
}

const perDevice = /^(net\/ipv4\/conf\/)(?!all\/)([^/]+)(\/)/;
