import assert from 'node:assert/strict';
import Table from 'cli-table3';
import {formatBytes} from '#core/quantities.ts';
import type {Ms} from '#core/units.ts';
import {solvePlacement} from '#proxies/runtime/placement.ts';
import {type FeasiblePlacement, limitTolerance, type PlacementAnswer} from '#proxies/runtime/placement-answer.ts';
import type {PlacementProblem} from '#proxies/runtime/placement-problem.ts';

/** An answer for people: the way of a chunk step by step, the sums against their limits, and which limit binds. */
export function placementText(
	problem: PlacementProblem,
	answer: PlacementAnswer & {readonly solver: string; readonly solveMs: Ms},
): string {
	const solved = `Solved by ${answer.solver} in ${digits(answer.solveMs)} ms.`;
	if (!answer.feasible) {
		return `No placement meets the limits.\n${answer.reason}\n${solved}\n`;
	}
	return [wayTable(problem, answer), limitsTable(problem, answer), bindingText(problem, answer), `${solved}\n`].join(
		'\n',
	);
}

const bare = {style: {head: [], border: []}};

function wayTable(problem: PlacementProblem, {mapping}: FeasiblePlacement): string {
	const {resources, stages, chunkBytes} = problem;
	const way = [0, ...mapping.map(name => resources.findIndex(one => one.name === name)), resources.length - 1];
	const table = new Table({head: ['step', 'where', 'seconds', 'USD', 'byte·km'], ...bare});
	for (const [hop, to] of way.slice(1).entries()) {
		const from = way[hop] as number;
		const [start, end] = [resources[from], resources[to]];
		assert(start && end);
		if (from !== to) {
			const bytes = chunkBytes[hop] as number;
			const at = (matrix: readonly (readonly number[])[]) => matrix[from]?.[to] as number;
			const seconds = (bytes * 8) / at(problem.bitsPerSecond);
			const usd = bytes * at(problem.usdPerByte);
			const byteKm = bytes * at(problem.distanceKm);
			table.push([`move ${formatBytes(bytes)}`, `${start.name} → ${end.name}`, ...[seconds, usd, byteKm].map(digits)]);
		}
		const stage = stages[hop];
		if (stage && 'tasksPerSecond' in end) {
			const seconds = stage.taskCount / end.tasksPerSecond;
			const usd = seconds * end.computeUsdPerSecond;
			table.push([`stage ${hop + 1}`, `${end.name} (${end.tier})`, digits(seconds), digits(usd), '']);
		}
	}
	return table.toString();
}

function limitsTable({deadlineSeconds, budgetUsd}: PlacementProblem, answer: FeasiblePlacement): string {
	const {objectiveByteKm, completionSeconds, costUsd} = answer;
	const table = new Table({head: ['sum', 'value', 'limit', 'slack'], ...bare});
	const limited = (name: string, unit: string, value: number, limit: number) => [
		name,
		`${digits(value)} ${unit}`,
		`${digits(limit)} ${unit}`,
		`${digits(limit - value)} ${unit}`,
	];
	table.push(
		['bytes × distance', `${digits(objectiveByteKm)} byte·km`, 'the least', ''],
		limited('completion', 's', completionSeconds, deadlineSeconds),
		limited('cost', 'USD', costUsd, budgetUsd),
	);
	return table.toString();
}

/** A limit binds when the objective would be smaller without it; two may do so only together. */
function bindingText(problem: PlacementProblem, answer: FeasiblePlacement): string {
	const without = (relaxed: Partial<PlacementProblem>) => {
		const other = solvePlacement({...problem, ...relaxed});
		assert(other.feasible, 'fewer limits leave every placement that met all of them');
		return other.objectiveByteKm;
	};
	const [deadlineSeconds, budgetUsd] = [Number.MAX_VALUE, Number.MAX_VALUE];
	const [deadline, budget] = [without({deadlineSeconds}), without({budgetUsd})];
	const freed = [
		{limits: 'the deadline', objectiveByteKm: deadline, before: answer.objectiveByteKm},
		{limits: 'the budget', objectiveByteKm: budget, before: answer.objectiveByteKm},
		{limits: 'both limits', objectiveByteKm: without({deadlineSeconds, budgetUsd}), before: Math.min(deadline, budget)},
	];
	const lines = freed
		.filter(({objectiveByteKm, before}) => objectiveByteKm < before * (1 - limitTolerance))
		.map(({limits, objectiveByteKm}) => `Binding: without ${limits} it would be ${digits(objectiveByteKm)} byte·km.`);
	return lines.length === 0
		? 'Neither limit binds: no placement moves fewer bytes times kilometres.'
		: lines.join('\n');
}

function digits(value: number): string {
	const rounded = Number(value.toPrecision(4));
	return rounded >= 1e6 ? rounded.toExponential() : String(rounded);
}
