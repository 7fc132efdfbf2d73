import {type Html, html} from '../html/html.ts';
import {table} from '../html/table.ts';
import {cellsMeaning, cellText, type SensitivityTable} from './sensitivity-table.ts';

/** The part of the page that says what becomes of the claims where the paper is read otherwise. */
export function sensitivitySection(sensitivity: SensitivityTable): Html {
	return html`<h2 id="sensitivity">Sensitivity: the claims under other readings</h2>
<p>${cellsMeaning(sensitivity)}</p>
${table({
	columns: [
		{heading: 'Claim'},
		{heading: 'Fig.'},
		...sensitivity.readings.map(({heading}) => ({heading, numeric: true})),
	],
	rows: sensitivity.rows.map(({figure, claim, cells}) => [
		claim,
		figure,
		...cells.map(cell => (cell?.holds === false ? html`<span class="bad">${cellText(cell)}</span>` : cellText(cell))),
	]),
})}
<ul>${sensitivity.readings.map(({heading, meaning}) => html`<li><strong>${heading}</strong>: ${meaning}</li>`)}</ul>
`;
}
