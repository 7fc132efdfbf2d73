import type {RunDocument} from '#core/records/run-document.ts';
import {describeActual, describeExpectation, type ExpectationResult} from './expectations.ts';
import type {Summary} from './summary-schema.ts';

type Case = {readonly suite: string; readonly name: string; readonly failure?: string};

/** Verdicts, chunk accounts and expectations as test cases, for the CI systems that read JUnit's XML. */
export function junitXml(options: {
	readonly document: RunDocument;
	readonly summary: Summary;
	readonly expectations: readonly ExpectationResult[];
}): string {
	const suites = Map.groupBy(casesOf(options), ({suite}) => suite);
	const failures = [...suites.values()].flat().filter(({failure}) => failure !== undefined).length;
	const total = [...suites.values()].flat().length;
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuites name="${escaped(options.summary.scenario)}" tests="${total}" failures="${failures}">`,
		...[...suites].flatMap(([suite, cases]) => suiteLines(suite, cases)),
		'</testsuites>',
		'',
	].join('\n');
}

function casesOf({document, summary, expectations}: Parameters<typeof junitXml>[0]): readonly Case[] {
	return summary.variants.flatMap(({variant, repeats}) => [
		...(repeats.length === 0 ? [{suite: variant, name: 'the variant was run', failure: 'it has no records'}] : []),
		...repeats.flatMap(({repeat, verdict, accounting}) => {
			const reasons = document.outcomes.find(one => one.variant === variant && one.repeat === repeat)?.reasons ?? [];
			const why = reasons.filter(reason => reason.verdict === verdict).map(({reason}) => reason);
			return [
				testCase(
					variant,
					`repeat ${repeat}: the numbers can be trusted`,
					verdict === 'valid' || verdict === 'suspect',
					[`verdict: ${verdict ?? 'none, the run did not come to its end'}`, ...why],
				),
				testCase(variant, `repeat ${repeat}: every chunk is accounted for`, accounting.balanced, [
					accounting.problem ?? '',
				]),
			];
		}),
		...expectations
			.filter(one => one.variant === variant)
			.map(one =>
				testCase(variant, describeExpectation(one.expectation), one.passed, [`actual: ${describeActual(one)}`]),
			),
	]);
}

function testCase(suite: string, name: string, passed: boolean, failure: readonly string[]): Case {
	return passed ? {suite, name} : {suite, name, failure: failure.join('; ')};
}

function suiteLines(suite: string, cases: readonly Case[]): readonly string[] {
	const failures = cases.filter(({failure}) => failure !== undefined).length;
	return [
		`\t<testsuite name="${escaped(suite)}" tests="${cases.length}" failures="${failures}">`,
		...cases.map(({name, failure}) => {
			const start = `\t\t<testcase classname="${escaped(suite)}" name="${escaped(name)}"`;
			return failure === undefined ? `${start}/>` : `${start}><failure message="${escaped(failure)}"/></testcase>`;
		}),
		'\t</testsuite>',
	];
}

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

function escaped(text: string): string {
	return [...text]
		.map(character => (isXmlCharacter(character) ? (entities[character] ?? character) : '\ufffd'))
		.join('');
}

/** Control characters have no place in XML 1.0, not even escaped. */
function isXmlCharacter(character: string): boolean {
	return character >= ' ' || ['\t', '\n', '\r'].includes(character);
}
