import {readFile} from 'node:fs/promises';
import {type Clock, realClock} from '#core/clock.ts';
import {type ExitCode, exitCodes, StreambedError} from '#core/errors.ts';
import {solvePlacement} from '#proxies/runtime/placement.ts';
import type {PlacementAnswer} from '#proxies/runtime/placement-answer.ts';
import {type PlacementProblem, placementProblemSchema} from '#proxies/runtime/placement-problem.ts';
import {placementText} from './placement-text.ts';

/** exact: the fast solver; highs: a general solver of mixed-integer programs, as a second opinion. */
export type PlacementSolver = 'exact' | 'highs';

/**
 * Solves the placement problem in a file and prints where the stages go, and why; with `json`, the answer alone.
 *
 * That no placement meets the limits is an answer (`feasible: false`) and ends with 0, too: nothing was expected of it. Rejects with PROBLEM_INVALID
 * when the file cannot be read or is no placement problem, with everything that is wrong in it.
 */
export async function place({
	file,
	solver,
	json,
	write,
	clock = realClock,
}: {
	readonly file: string;
	readonly solver: PlacementSolver;
	readonly json: boolean;
	readonly write: (text: string) => void;
	readonly clock?: Clock;
}): Promise<ExitCode> {
	const problem = await readProblem(file);
	const solve = await solverNamed(solver);
	const startNs = clock.nowNs();
	const placement = solve(problem);
	// A placement names the method that found it; that there is none is told by whoever was asked.
	const answer = {solver, ...placement, solveMs: Number(clock.nowNs() - startNs) / 1e6};
	write(json ? `${JSON.stringify(answer)}\n` : placementText(problem, answer));
	return exitCodes.fine;
}

/** HiGHS is loaded only where it is asked for. */
async function solverNamed(solver: PlacementSolver): Promise<(problem: PlacementProblem) => PlacementAnswer> {
	switch (solver) {
		case 'exact':
			return solvePlacement;
		case 'highs': {
			const {loadReferenceSolver} = await import('#proxies/runtime/highs-placement.ts');
			return (await loadReferenceSolver()).solve;
		}
		default:
			throw new TypeError(`unknown solver ${solver satisfies never}`);
	}
}

async function readProblem(file: string): Promise<PlacementProblem> {
	const parsed = placementProblemSchema.safeParse(await readJson(file));
	if (parsed.success) {
		return parsed.data;
	}
	const complaints = parsed.error.issues.map(({path, message}) => `  ${pathText(path)}: ${message}`);
	throw new StreambedError('PROBLEM_INVALID', [`${file} is no placement problem:`, ...complaints].join('\n'), {
		hint: 'the format is that of `streambed schema problem`',
	});
}

async function readJson(file: string): Promise<unknown> {
	try {
		return JSON.parse(await readFile(file, 'utf8'));
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new StreambedError('PROBLEM_INVALID', `cannot read a placement problem from ${file}: ${reason}`, {
			cause,
			hint: 'give a file with one JSON object in it',
		});
	}
}

/** `bitsPerSecond[0][3]`, `resources[1].tier`. */
function pathText(path: readonly PropertyKey[]): string {
	const text = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
	return text.replace(/^\./, '') || 'the problem';
}
