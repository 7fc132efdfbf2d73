import {StreambedError} from '#core/errors.ts';
import type {Scenario} from '#core/scenario/schema.ts';
import {testbeds} from '#testbeds/testbeds.ts';
import type {RealFlags} from './reproduce-real.ts';

/** As a scenario names them. */
const sharingNames = ['reserved', 'tcp'] as const satisfies ReadonlyArray<Scenario['stack']['sharing']>;

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
		if (timeScale !== undefined && timeScale > 1) {
			throw new StreambedError(
				'USAGE',
				`--time-scale ${timeScale} would stretch every second of a figure to ${timeScale}`,
				{
					hint: 'figures are driven in their own time or faster: give 1 or less, or leave it out',
				},
			);
		}
		return {
			real: {
				testbed,
				transports: listOf('transport', transport ?? 'zeromq'),
				sharing: knownSharing(listOf('sharing', sharing ?? sharingNames.join(','))),
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

function knownSharing(names: readonly string[]): RealFlags['sharing'] {
	return names.map(name => {
		const known = sharingNames.find(one => one === name);
		if (known === undefined) {
			throw new StreambedError('USAGE', `--sharing ${name}: no scenario shares its links so`, {
				hint: `it takes ${sharingNames.join(' or ')}, or both: ${sharingNames.join(',')}`,
			});
		}
		return known;
	});
}

function listOf(flag: string, text: string): readonly string[] {
	const names = text.split(',').filter(name => name !== '');
	if (names.length === 0) {
		throw new StreambedError('USAGE', `--${flag} names nothing`, {hint: 'leave it out, or name one or more: a,b'});
	}
	return names;
}
