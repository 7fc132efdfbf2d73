import test from 'ava';
import {recordCollector} from '#cli/draw-collector.ts';
import type {VariantOutcome, Verdict} from '#core/records/run-document.ts';
import type {StreambedRecord} from '#core/records/schema.ts';
import {measureVariantRun} from '#reports/measures.ts';
import {crossCheck} from '#reports/reproduction/cross-check.ts';
import type {FigureDraws, PublishedFigure} from '#reports/reproduction/figure-draws.ts';
import {headline} from '#reports/reproduction/headline.ts';
import {judgeFigure} from '#reports/reproduction/judge-figure.ts';
import {countedDraws, judgeRealFigure, type RealFigure} from '#reports/reproduction/real-links.ts';
import {cutLinkOf, enforcementOf} from '#reports/reproduction/real-links-enforcement.ts';
import {enforcementFinding} from '#reports/reproduction/real-links-finding.ts';
import {realLinksPart} from '#reports/reproduction/real-links-part.ts';
import type {RunData, VariantRun} from '#reports/run-data.ts';
import {VariantCollector} from '#reports/variant-collector.ts';
import {resolvedScenario, runDocument} from './fixtures/write-run.ts';

/** All streams stop where rates are enforced: that is what is “printed” here. */
const figure: PublishedFigure = {
	figure: '10',
	scenario: 'figure-10.yaml',
	question: 'What stops the streams?',
	claims: [
		{
			claim: 'all three streams stop',
			origin: 'printed',
			conditions: [{kind: 'value', of: {variant: 'reserved', measure: 'streams.stopped'}, printed: 3, tolerance: 0}],
			heldRatio: 0.9,
		},
		{
			claim: 'where nothing is enforced, none stops',
			origin: 'ours',
			conditions: [{kind: 'value', of: {variant: 'tcp', measure: 'streams.stopped'}, printed: 0, tolerance: 0}],
			heldRatio: 1,
		},
	],
};

/** Three streams of 100, 80 and 60 % on a link that keeps 200 Mbit/s of its 700 from second 50 on. */
function drawn({
	sharing,
	repeat,
	stops = sharing === 'reserved',
	verdict,
}: {
	readonly sharing: 'reserved' | 'tcp';
	readonly repeat: number;
	readonly stops?: boolean;
	readonly verdict?: Verdict;
}): VariantRun {
	const who = {variant: sharing, repeat};
	const collector = new VariantCollector(who);
	const add = (record: StreambedRecord) => collector.add(record);
	for (const [index, minimumResolutionRatio] of [1, 0.8, 0.6].entries()) {
		const [request, stream] = [`r${index}`, `s${index}`];
		const asked = {t: 0, ...who, request, minimumResolutionRatio};
		add({kind: 'request.arrived', ...asked, deadlineSeconds: 25, budgetUsdPerChunk: 1, durationSeconds: 100});
		add({
			kind: 'request.accepted',
			...asked,
			stream,
			placement: [],
			reservations: [{link: 'transit-core', bitsPerSecond: 150e6}],
			objectiveByteKm: 0,
			completionSeconds: 25,
			costUsd: 0,
		});
		add({
			kind: 'stream.started',
			t: 0,
			...who,
			stream,
			minimumResolutionRatio,
			resolutionRatio: minimumResolutionRatio,
		});
		for (let sequence = 0; sequence < (stops ? 5 : 9); sequence++) {
			const plannedSeconds = sequence * 10;
			const chunk = {...who, stream, sequence, bytes: 1_000_000};
			add({kind: 'chunk.produced', t: plannedSeconds, ...chunk, plannedSeconds, sentSeconds: plannedSeconds});
			add({
				kind: 'chunk.delivered',
				t: plannedSeconds + 9,
				...chunk,
				resolutionRatio: minimumResolutionRatio,
				latencySeconds: 9,
				transitSeconds: 9,
				diffSeconds: 0,
				reordered: false,
			});
		}
		add(
			stops
				? {kind: 'stream.stopped', t: 55, ...who, stream, reason: 'late'}
				: {kind: 'stream.completed', t: 100, ...who, stream},
		);
	}
	for (const t of [10, 20, 30, 40, 50]) {
		add({
			kind: 'link.sample',
			t,
			...who,
			link: 'transit-core',
			from: 'transit',
			capacityBitsPerSecond: 700e6,
			bitsPerSecond: 96e6,
			droppedCount: 0,
			backlogBytes: 0,
		});
	}
	const change = {link: 'transit-core', rateBitsPerSecond: 200e6, requestedSeconds: 50, appliedSeconds: 50};
	add({kind: 'link.changed', t: 50, ...who, ...change, observedSeconds: 50});
	add({kind: 'run.ended', t: 100, ...who, outcome: 'completed'});
	return collector.finish({
		scenario: resolvedScenario({timing: {drive: '100s'}, stack: {sharing}}),
		outcome: verdict === undefined ? undefined : outcomeOf(who, verdict),
	});
}

function outcomeOf(who: {readonly variant: string; readonly repeat: number}, verdict: Verdict): VariantOutcome {
	const [first] = runDocument().outcomes;
	if (!first) {
		throw new Error('the sample has an outcome');
	}
	const reasons = verdict === 'valid' ? [] : [{verdict, reason: 'the event loop of core lagged: 80 ms'}];
	return {...first, ...who, verdict, reasons};
}

const model = (seedCount: number): FigureDraws => ({
	figure,
	draws: Array.from(
		{length: seedCount},
		() => new Map((['reserved', 'tcp'] as const).map(sharing => [sharing, drawn({sharing, repeat: 0})])),
	),
});

function realFigure(runs: readonly VariantRun[]): RealFigure {
	const variants = ['reserved', 'tcp'].filter(variant => runs.some(run => run.variant === variant));
	const repeats = Math.max(...runs.map(({repeat}) => repeat)) + 1;
	const data: RunData = {
		folder: 'runs/figure-10/one',
		document: {...runDocument({variants, repeats}), outcomes: runs.flatMap(({outcome}) => outcome ?? [])},
		scenario: {name: 'figure-10', title: 'x', variants: {}},
		runs,
		recordCount: 0,
		cutShort: false,
	};
	return {figure, transport: 'zeromq', data};
}

const valid = [0, 1].flatMap(repeat =>
	(['reserved', 'tcp'] as const).map(sharing => drawn({sharing, repeat, verdict: 'valid'})),
);

test('an invalid draw is left out of claims and cross-checks, and shown with its reason; a suspect one counts', async t => {
	const invalid = drawn({sharing: 'reserved', repeat: 2, stops: false, verdict: 'invalid'});
	const real = realFigure([...valid, invalid, drawn({sharing: 'tcp', repeat: 2, verdict: 'suspect'})]);
	t.deepEqual(
		countedDraws(real).draws.map(({size}) => size),
		[2, 2, 1],
	);
	t.deepEqual(
		judgeRealFigure(real).map(({result, drawCount}) => [result.judged.holds, drawCount]),
		[
			[true, 2],
			[true, 3],
		],
	);
	t.deepEqual(
		crossCheck(real, model(3)).map(({variant, seedCount}) => [variant, seedCount]),
		[
			['reserved', 2],
			['tcp', 3],
		],
	);
	const {lead, sections} = await realLinksPart({paper: 'none', simulated: [model(3)], driven: [real]});
	t.regex(lead.text, /the one claim of the paper holds; the one check of ours holds/);
	const text = (sections.get('10') ?? []).map(part => part.text).join('');
	t.regex(text, /3 draws of reserved and tcp/);
	t.regex(
		text,
		/Claims of the paper[\s\S]*all three streams stop[\s\S]*Checks of ours[\s\S]*where nothing is enforced/,
	);
	t.regex(text, /seed 3, reserved<\/th><td>invalid<\/td><td><span class="bad">no<\/span>/);
	t.regex(text, /the event loop of core lagged: 80 ms/);
	t.notRegex(text, /undefined|NaN|\[object/);
});

test('a figure of which no draw counts is not judged, neither for nor against', async t => {
	const real = realFigure([drawn({sharing: 'reserved', repeat: 0, verdict: 'invalid'})]);
	const claims = judgeRealFigure(real);
	t.deepEqual(
		claims.map(({result, drawCount}) => [result.claim.claim, drawCount]),
		[['all three streams stop', 0]],
		'claims on variants that were not driven are not asked',
	);
	t.deepEqual(crossCheck(real, model(1)), []);
	const {lead, sections} = await realLinksPart({paper: 'none', simulated: [model(1)], driven: [real]});
	t.regex(lead.text, /no claim could be judged/);
	const text = (sections.get('10') ?? []).map(part => part.text).join('');
	t.regex(text, /not judged: no draw counts/);
	t.regex(text, /, 1 draw of reserved from seed/);
});

test('of a simulated draw a cross-check says that nothing was set up, and not that it ended early', t => {
	const scenario = resolvedScenario({timing: {drive: '100s'}});
	const run = recordCollector.begin(scenario).finish() as VariantRun;
	const setup = measureVariantRun(run).find(({measure}) => measure === 'setup.seconds');
	t.like(setup, {value: null, reason: 'a simulation sets nothing up'});
});

test('the first sentence of a page says what the model shows and what real links do, and is red when one of them refutes', t => {
	const claims = judgeFigure(model(2));
	const alone = headline({claims, driven: []}).text;
	t.regex(alone, /class="verdict valid"/);
	t.regex(alone, /<strong>The one claim of the paper holds; the one check of ours holds\.<\/strong>/);
	const goOn = [0, 1].map(repeat => drawn({sharing: 'reserved', repeat, stops: false, verdict: 'valid'}));
	const refuted = headline({
		claims,
		driven: [realFigure([...valid.filter(({variant}) => variant === 'tcp'), ...goOn])],
	});
	t.regex(refuted.text, /class="verdict invalid"/);
	t.regex(
		refuted.text,
		/Simulated: the one claim of the paper holds; .*\. On real links: of 1 claim of the paper 1 is refuted; the one check of ours holds\./,
	);
	t.regex(refuted.text, /<li>Fig\. 10 on real links, zeromq: all three streams stop\. draw 1:/);
	const unjudged = headline({
		claims,
		driven: [realFigure([drawn({sharing: 'reserved', repeat: 0, verdict: 'invalid'})])],
	});
	t.regex(unjudged.text, /class="verdict suspect".*On real links: 1 could not be judged\./);
});

test('that enforcement stops the streams is said when the draws say so, and only then', t => {
	const bodies = (real: RealFigure) => [
		{name: 'model', draws: model(2)},
		{name: 'zeromq', draws: countedDraws(real)},
	];
	const rows = enforcementOf(bodies(realFigure(valid)));
	t.deepEqual(
		rows.map(({body, sharing, heldCount, drawCount, stoppedCountMean}) => [
			body,
			sharing,
			`${heldCount} of ${drawCount}`,
			stoppedCountMean,
		]),
		[
			['model', 'reserved', '2 of 2', 3],
			['model', 'tcp', '0 of 2', 0],
			['zeromq', 'reserved', '2 of 2', 3],
			['zeromq', 'tcp', '0 of 2', 0],
		],
	);
	const [first] = valid;
	const cut = first && cutLinkOf(first);
	const finding = enforcementFinding({figure: '10', rows, cut}).join(' ');
	t.regex(finding, /comes out where the rate of every stream is enforced/);
	t.regex(finding, /put 96\sMbit\/s on transit-core, which keeps 200\sMbit\/s: throughput fits/);
	t.regex(finding, /450\sMbit\/s by those of at most 100\s% \(does not\)/);
	t.regex(finding, /150\sMbit\/s by those of at most 60\s% \(fits\)/);
	t.regex(finding, /the enforcement is the mechanism/);
	const partly = [...valid.filter(({variant}) => variant === 'tcp'), twoStop(0), twoStop(1)];
	const half = enforcementFinding({figure: '10', rows: enforcementOf(bodies(realFigure(partly))), cut: undefined});
	t.regex(half.join(' '), /zeromq, reserved: 0 of 2 draws/);
	t.regex(half.join(' '), /the enforcement that stops streams.*but not all that is printed/);
	const alsoTcp = [0, 1].flatMap(repeat =>
		(['reserved', 'tcp'] as const).map(sharing => drawn({sharing, repeat, stops: true, verdict: 'valid'})),
	);
	const other = enforcementFinding({figure: '10', rows: enforcementOf(bodies(realFigure(alsoTcp))), cut: undefined});
	t.regex(other.join(' '), /zeromq, tcp: 2 of 2 draws/);
	t.regex(other.join(' '), /do not show that the enforcement alone/);
});

/** A draw in which one of the three streams goes on. */
function twoStop(repeat: number): VariantRun {
	const run = drawn({sharing: 'reserved', repeat, verdict: 'valid'});
	return {...run, streams: run.streams.map((stream, index) => (index === 0 ? {...stream, ending: undefined} : stream))};
}

test('one way of sharing alone says nothing of enforcement', t => {
	const draws = {figure, draws: [new Map([['reserved', drawn({sharing: 'reserved', repeat: 0})]])]};
	t.deepEqual(enforcementOf([{name: 'model', draws}]), []);
});
