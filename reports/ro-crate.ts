import {extname} from 'node:path';
import type {RunDocument} from '#core/records/run-document.ts';

/**
 * `ro-crate-metadata.json`: the run folder as a research object, RO-Crate 1.1.
 *
 * @param files paths in the folder, with forward slashes
 */
export function roCrate(document: RunDocument, files: readonly string[]): unknown {
	const ended = document.endedAt ?? document.startedAt;
	return {
		'@context': 'https://w3id.org/ro/crate/1.1/context',
		'@graph': [
			{
				'@id': 'ro-crate-metadata.json',
				'@type': 'CreativeWork',
				conformsTo: {'@id': 'https://w3id.org/ro/crate/1.1'},
				about: {'@id': './'},
			},
			{
				'@id': './',
				'@type': 'Dataset',
				name: document.title,
				description: `Streambed run ${document.runId} of the scenario ${document.scenario} on the testbed ${document.testbed}, seed ${document.seed}: records, measures, figures and report.`,
				datePublished: ended,
				license: 'Whoever made the run decides on its use; nothing has been stated here.',
				hasPart: files.map(file => ({'@id': encodeURI(file)})),
				mentions: {'@id': '#run'},
			},
			...files.map(file => ({
				'@id': encodeURI(file),
				'@type': 'File',
				name: file,
				encodingFormat: encodingFormats[extname(file)] ?? 'application/octet-stream',
			})),
			{
				'@id': '#run',
				'@type': 'CreateAction',
				name: `Run of ${document.scenario}`,
				startTime: document.startedAt,
				...(document.endedAt === undefined ? {} : {endTime: document.endedAt}),
				instrument: {'@id': '#streambed'},
				object: {'@id': 'scenario.json'},
				result: {'@id': './'},
				actionStatus: {
					'@id': `http://schema.org/${document.status === 'completed' ? 'Completed' : 'Failed'}ActionStatus`,
				},
			},
			{
				'@id': '#streambed',
				'@type': 'SoftwareApplication',
				name: 'Streambed',
				softwareVersion: document.provenance.commit
					? `${document.provenance.streambed} (${document.provenance.commit})`
					: document.provenance.streambed,
			},
		],
	};
}

const encodingFormats: Readonly<Record<string, string>> = {
	'.json': 'application/json',
	'.ndjson': 'application/x-ndjson',
	'.zst': 'application/zstd',
	'.html': 'text/html',
	'.csv': 'text/csv',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.xml': 'application/xml',
	'.md': 'text/markdown',
	'.hlog': 'text/plain',
};
