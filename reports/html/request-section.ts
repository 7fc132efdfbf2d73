import type {RejectionReason} from '#core/records/schema.ts';
import {formatPercent} from '../format.ts';
import type {RunData} from '../run-data.ts';
import {type Html, html, nothing} from './html.ts';
import {table} from './table.ts';

const rowsMax = 200;

/** The requests that were refused, and why. */
export function requestSection({runs}: RunData): Html {
	const rejected = runs.flatMap(({requests}) =>
		requests.flatMap(({answer}) => (answer?.kind === 'request.rejected' ? answer : [])),
	);
	return html`<h2 id="rejected">Requests that were rejected</h2>
${
	rejected.length === 0
		? html`<p>None.</p>`
		: table({
				caption:
					'A request is rejected when no placement keeps its deadline and budget with the workers and bandwidth that are left.',
				columns: [
					{heading: 'Request'},
					{heading: 'Variant'},
					{heading: 'At least', numeric: true},
					{heading: 'Short of'},
					{heading: 'Detail', detailed: true},
				],
				rows: rejected
					.slice(0, rowsMax)
					.map(({request, variant, repeat, minimumResolutionRatio, reason, detail}) => [
						request,
						repeat === 0 ? variant : `${variant}, repeat ${repeat}`,
						formatPercent(minimumResolutionRatio),
						reasonWords[reason],
						detail,
					]),
			})
}${rejected.length > rowsMax ? html`<p>${rejected.length - rowsMax} more are in the records.</p>` : nothing}`;
}

const reasonWords: Readonly<Record<RejectionReason, string>> = {
	deadline: 'time: no placement meets the deadline',
	budget: 'money: no placement meets the budget',
	workers: 'workers',
	bandwidth: 'bandwidth',
	path: 'a path to the consumer',
};
