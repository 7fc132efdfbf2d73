import {acceptanceByVariant} from './acceptance-by-variant.ts';
import {aroundTheDrop} from './around-the-drop.ts';
import {byDeadline} from './by-deadline.ts';
import type {ChartMaker} from './chart.ts';
import {streamsOverTime} from './streams-over-time.ts';
import {utilisationBySite} from './utilisation-by-site.ts';

/** The charts of a paper’s figures, by paper and figure. A new one is one more line. */
export const charts: Readonly<Record<string, Readonly<Record<string, ChartMaker>>>> = {
	zamani2018: {
		6: streamsOverTime,
		7: streamsOverTime,
		8: acceptanceByVariant,
		9: utilisationBySite,
		10: aroundTheDrop,
		11: byDeadline,
	},
};
