import {formatRate} from '#core/quantities.ts';
import type {Incident} from './run-data.ts';

/** What happened, in words, without its instant. */
export function incidentText(incident: Incident): string {
	switch (incident.kind) {
		case 'node.left':
			return `the program at ${incident.site} ended: ${incident.reason}`;
		case 'fault.injected':
			return incident.workers === undefined
				? `${incident.fault} at ${incident.target}`
				: `${incident.target} has ${incident.workers} workers from now on`;
		case 'stream.replaced':
			return `${incident.stream} was placed anew over ${incident.reservations.map(({link}) => link).join(', ')}: ${incident.reason}`;
		case 'link.detected': {
			const {link, from, bitsPerSecond, previousBitsPerSecond, detectionSeconds} = incident;
			const after = detectionSeconds === undefined ? '' : `, ${detectionSeconds.toFixed(1)} s after it changed`;
			return `${link} from ${from} was found to carry ${formatRate(bitsPerSecond)}, not ${formatRate(previousBitsPerSecond)}${after}`;
		}
		default:
			throw new TypeError(`unknown incident ${JSON.stringify(incident satisfies never)}`);
	}
}
