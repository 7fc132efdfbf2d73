import type {FigureSpec} from '#reports/figures/figure.ts';
import {inks} from '#reports/figures/theme.ts';
import type {ScaledRun} from './scaled-world-run.ts';

const {light} = inks;
const widthPx = 300;
const heightPx = 220;

/** Time and memory by requests, both axes logarithmic, beside n log n through the largest run. */
export function scaledWorldFigure(runs: readonly ScaledRun[]): FigureSpec {
	const measured = runs.map(({requestCount, seconds, memoryBytes}) => ({
		requests: requestCount,
		seconds,
		megabytes: memoryBytes / 1e6,
	}));
	const last = measured.at(-1);
	if (!last) {
		throw new Error('no run was made');
	}
	const values = measured.map(row => {
		const share = (row.requests * Math.log(row.requests)) / (last.requests * Math.log(last.requests));
		return {...row, secondsBound: last.seconds * share, megabytesBound: last.megabytes * share};
	});
	return {
		$schema: 'https://vega.github.io/schema/vega-lite/v6.json',
		background: light.paper,
		data: {values},
		hconcat: [
			panel({field: 'seconds', title: 'Seconds for one run'}),
			panel({field: 'megabytes', title: 'Memory of the process in MB'}),
		],
		config: {axis: {labelColor: light.muted, titleColor: light.ink, gridColor: light.grid}},
	};
}

function panel({field, title}: {readonly field: 'seconds' | 'megabytes'; readonly title: string}) {
	const x = {field: 'requests', type: 'quantitative', scale: {type: 'log'}, title: 'Requests'};
	const y = (name: string) => ({field: name, type: 'quantitative', scale: {type: 'log'}, title});
	return {
		width: widthPx,
		height: heightPx,
		layer: [
			{
				mark: {type: 'line', color: light.muted, strokeDash: [4, 4]},
				encoding: {x, y: y(`${field}Bound`)},
			},
			{mark: {type: 'line', color: light.series1, point: {color: light.series1}}, encoding: {x, y: y(field)}},
		],
	};
}
