import {StreambedError} from '#core/errors.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import type {RealFlags} from './reproduce-real.ts';

/** The flags of `reproduce` that speak of real links; nothing where there are none to drive. */
export function realFlags({
	testbed,
	transport,
	sharing,
	repeat,
	timeScale,
}: {
	readonly testbed: RealFlags['testbed'];
	readonly transport?: string;
	readonly sharing?: string;
	readonly repeat?: number;
	readonly timeScale?: number;
}): {readonly real?: RealFlags} {
	if (testbeds[testbed].time === 'real') {
		return {
			real: {
				testbed,
				transports: listOf('transport', transport ?? 'zeromq'),
				sharing: listOf('sharing', sharing ?? 'reserved,tcp'),
				repeat: repeat ?? 1,
				...(timeScale === undefined ? {} : {timeScale}),
			},
		};
	}
	const given = Object.entries({transport, sharing, repeat, 'time-scale': timeScale}).filter(
		([, value]) => value !== undefined,
	);
	if (given.length > 0) {
		throw new StreambedError('USAGE', `--${given[0]?.[0]} is for real links, and ${testbed} has none`, {
			hint: 'leave it out, or add --testbed namespaces',
		});
	}
	return {};
}

function listOf(flag: string, text: string): readonly string[] {
	const names = text.split(',').filter(name => name !== '');
	if (names.length === 0) {
		throw new StreambedError('USAGE', `--${flag} names nothing`, {hint: 'leave it out, or name one or more: a,b'});
	}
	return names;
}
