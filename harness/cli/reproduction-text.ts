import {relative} from 'node:path';
import {claimCountText} from '#reports/reproduction/claim-count.ts';
import type {ClaimResult} from '#reports/reproduction/judge-figure.ts';
import type {SensitivityTable} from '#reports/reproduction/sensitivity-table.ts';
import {sensitivityTerminalText} from '#reports/reproduction/sensitivity-text.ts';
import {reproductionTable} from '#reports/reproduction/terminal-table.ts';
import {type RealSummary, realText} from './reproduce-summary.ts';

/** A reproduction for a terminal: its claims, their count, what was asked for besides, and where the page is. */
export function reproductionText({
	claims,
	seedCount,
	budget,
	sensitivity,
	summaries,
	pagePath,
}: {
	readonly claims: readonly ClaimResult[];
	readonly seedCount: number;
	/** Empty where nothing can be said of it. */
	readonly budget: string;
	readonly sensitivity: SensitivityTable | undefined;
	readonly summaries: readonly RealSummary[];
	readonly pagePath: string;
}): string {
	const lines = [
		reproductionTable(claims, seedCount),
		`${claimCountText(claims)}, simulated over ${seedCount} seeds`,
		...(budget === '' ? [] : [budget]),
		...(sensitivity ? [sensitivityTerminalText(sensitivity)] : []),
	];
	return `${lines.join('\n')}\n${realText(summaries)}page: ${relative('.', pagePath)}\n`;
}
