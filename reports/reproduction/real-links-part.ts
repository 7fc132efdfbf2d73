import {compareSection} from '../compare-section.ts';
import {formatMeasure} from '../format.ts';
import {type Html, html, nothing} from '../html/html.ts';
import {table} from '../html/table.ts';
import {chartPart} from './chart-part.ts';
import {claimCountText} from './claim-count.ts';
import {claimTable} from './claim-table.ts';
import {type CrossCheck, crossCheck} from './cross-check.ts';
import {type FigureDraws, runsOf} from './figure-draws.ts';
import {countedDraws, isCounted, judgeRealFigure, type RealFigure} from './real-links.ts';
import {cutLinkOf, enforcementOf} from './real-links-enforcement.ts';
import {enforcementFinding} from './real-links-finding.ts';

/** What a page of a reproduction says of real links: at its head, and behind each figure. */
export type RealLinksPart = {readonly lead: Html; readonly sections: ReadonlyMap<string, readonly Html[]>};

/** From figures as they were simulated and as they were driven; without the latter, what the model alone says. */
export async function realLinksPart({
	paper,
	simulated,
	driven,
}: {
	readonly paper: string;
	readonly simulated: readonly FigureDraws[];
	readonly driven: readonly RealFigure[];
}): Promise<RealLinksPart> {
	const sections = new Map<string, readonly Html[]>();
	for (const model of simulated) {
		const {figure} = model.figure;
		const ofFigure = driven.filter(real => real.figure.figure === figure);
		const parts: Html[] = [];
		for (const real of ofFigure) {
			parts.push(await drivenSection(paper, real), ...crossCheckSections(real, crossCheck(real, model)));
		}
		sections.set(figure, [...parts, enforcementSection(model, ofFigure)]);
	}
	return {lead: leadOf(driven), sections};
}

function leadOf(driven: readonly RealFigure[]): Html {
	if (driven.length === 0) {
		return nothing;
	}
	const items = driven.map(real => {
		const claims = judgeRealFigure(real);
		const judged = claims.filter(({drawCount}) => drawCount > 0);
		return html`<li><a href="#${anchorOf(real)}">Fig. ${real.figure.figure} with ${real.transport}</a>: ${
			judged.length === 0 ? 'no claim could be judged' : claimCountText(judged.map(({result}) => result))
		}${
			judged.length > 0 && judged.length < claims.length ? `, ${claims.length - judged.length} could not be judged` : ''
		}</li>`;
	});
	return html`<section class="finding" id="real-links"><p>Driven over real links as well:</p><ul>${items}</ul></section>`;
}

async function drivenSection(paper: string, real: RealFigure): Promise<Html> {
	const {figure, transport, data} = real;
	const {document} = data;
	const counted = countedDraws(real);
	const isAny = counted.draws.some(draw => draw.size > 0);
	return html`<h3 id="${anchorOf(real)}">On real links: ${transport}</h3>
<p>Testbed ${document.testbed}, time scale ${document.timeScale}, ${document.repeats} ${document.repeats === 1 ? 'draw' : 'draws'} of ${document.variants.join(' and ')} from seed ${document.seed}, run ${document.runId}.</p>
${isAny ? await chartPart(paper, onlyDrawn(counted), transport) : html`<p>– (no draw of Fig. ${figure.figure} counts)</p>`}
${claimTable(judgeRealFigure(real))}
${drawTable(real)}
`;
}

/** A chart takes draws with something in them. */
function onlyDrawn({figure, draws}: FigureDraws): FigureDraws {
	const most = Math.max(...draws.map(({size}) => size));
	return {
		figure,
		draws: draws.filter(({size}) => size > 0).sort((a, b) => Number(b.size === most) - Number(a.size === most)),
	};
}

/** Every draw with its verdict: an invalid one is shown here, and is left out of all the rest. */
function drawTable({data}: RealFigure): Html {
	return table({
		caption: 'Draws that are invalid, or did not come to their end, are left out of charts, statistics and claims.',
		columns: [{heading: 'Draw'}, {heading: 'Verdict'}, {heading: 'Counts'}, {heading: 'Why', detailed: true}],
		rows: data.runs.map(run => [
			`seed ${data.document.seed + run.repeat}, ${run.variant}`,
			run.outcome?.verdict ?? 'none',
			isCounted(run) ? 'yes' : html`<span class="bad">no</span>`,
			run.outcome?.reasons.map(({reason}) => reason).join('; ') ?? 'it did not come to a verdict',
		]),
	});
}

function crossCheckSections({transport}: RealFigure, checks: readonly CrossCheck[]): readonly Html[] {
	return checks.flatMap(check => [
		html`<h3>Simulated against emulated: ${transport}, ${check.variant}</h3>
<p>The same scenario and the same ${check.seedCount} ${check.seedCount === 1 ? 'seed' : 'seeds'} on both sides.</p>`,
		...compareSection(check, {a: 'Simulated', b: 'Emulated'}),
	]);
}

function enforcementSection(model: FigureDraws, driven: readonly RealFigure[]): Html {
	const bodies = [
		{name: 'model', draws: model},
		...driven.map(real => ({name: real.transport, draws: countedDraws(real)})),
	];
	const rows = enforcementOf(bodies);
	if (rows.length === 0) {
		return nothing;
	}
	const enforced = rows.find(({sharing}) => sharing === 'reserved');
	const [run] = enforced ? runsOf(model, enforced.variant) : [];
	const {figure} = model.figure;
	return html`<h3 id="enforcement-${figure}">What the enforcement of rates does</h3>
${enforcementFinding({figure, rows, cut: run && cutLinkOf(run)}).map(sentence => html`<p>${sentence}</p>`)}
${table({
	caption: 'What the paper prints of the figure, held against every way of sharing.',
	columns: [
		{heading: 'Where'},
		{heading: 'Sharing'},
		{heading: 'Draws with all that is printed', numeric: true},
		{heading: 'Streams stopped', numeric: true},
		{heading: 'Comes out'},
	],
	rows: rows.map(row => [
		`${row.body}, ${row.variant}`,
		row.sharing === 'reserved' ? 'reserved: every stream is paced' : 'tcp: nothing is enforced',
		`${row.heldCount} of ${row.drawCount}`,
		formatMeasure(row.stoppedCountMean, 'count'),
		row.comesOut ? 'yes' : 'no',
	]),
})}
`;
}

const anchorOf = ({figure, transport}: RealFigure): string => `real-${figure.figure}-${transport}`;
