import type {Html} from '../html/html.ts';
import {table} from '../html/table.ts';
import {estimateCell} from './estimate-cell.ts';
import {pooled} from './pooled.ts';
import {measureOf, type Way} from './ways.ts';

const steps = [
	{heading: 'Session, both sides', measure: 'setup.seconds.session'},
	{heading: 'of it req', measure: 'setup.seconds.session.req'},
	{heading: 'hello', measure: 'setup.seconds.session.hello'},
	{heading: 'update', measure: 'setup.seconds.session.update'},
] as const;

/** How long a session of each data server takes to be set up, and its calls. */
export function setUpTable(ways: readonly Way[]): Html {
	const single = ways.filter(({streamCount, dataServer}) => streamCount === 1 && dataServer !== 'direct');
	return table({
		className: 'ways',
		caption:
			'Of one stream, whatever its traffic; both sides are set up at the same time, and each call is that of the slower one. The hello comes while req waits for it, and is part of it.',
		columns: [{heading: 'Way'}, ...steps.map(({heading}) => ({heading, numeric: true}))],
		rows: [...Map.groupBy(single, ({dataServer}) => dataServer)].map(([dataServer, same]) => [
			dataServer,
			...steps.map(({measure}) =>
				estimateCell(
					pooled(same, (_, repeat) => measureOf(repeat, measure)),
					's',
				),
			),
		]),
	});
}
