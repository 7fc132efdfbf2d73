import type {Ratio} from '#core/units.ts';
import {formatPercent} from '../format.ts';
import type {FigureSpec} from './figure.ts';
import {seriesColours, seriesDashes} from './theme.ts';

/** The legend entry of a class. */
export const className = (ratio: Ratio): string => formatPercent(ratio);

/** Colour by class; the same class has the same colour in every figure. */
export function classColour(classes: readonly Ratio[]): FigureSpec {
	return {
		field: 'class',
		type: 'nominal',
		title: 'Minimum resolution asked for',
		scale: {domain: classes.map(className), range: classes.map((_, index) => cycled(seriesColours, index))},
		legend: {orient: 'top', direction: 'horizontal', symbolType: 'square'},
	};
}

/** Dash by class, for grey print; shares the legend of the colour. */
export function classDash(classes: readonly Ratio[]): FigureSpec {
	return {
		...classColour(classes),
		scale: {domain: classes.map(className), range: classes.map((_, index) => cycled(seriesDashes, index))},
	};
}

export function cycled<Item>(items: readonly Item[], index: number): Item {
	return items[index % items.length] as Item;
}
