import type {ExecutionContext, SerialFn} from 'ava';
import {StreambedError} from '#core/errors.ts';
import {findProgram} from '#core/find-program.ts';
import {type DataServerKind, dataServerKinds} from '#proxies/scistream/data-servers/data-server.ts';
import {loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';

/** Declares a test of a kind of data server, and of programs beside it: one that is skipped where something of it is not installed. */
export type DataServerTest = (kind: DataServerKind, programs?: readonly string[]) => Declare;

type Declare = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

/** Asks once for every kind; what is missing is said on standard error, as ava shows of a skipped test its title alone. */
export async function dataServerTest(test: SerialFn): Promise<DataServerTest> {
	const lacks = new Map<string, string>();
	for (const kind of dataServerKinds) {
		const lack = await lackOf(kind);
		if (lack !== undefined) {
			lacks.set(kind, lack);
			process.stderr.write(`skipped, what needs ${kind}: ${lack}\n`);
		}
	}
	return (kind, programs = []) => {
		const missing = programs.filter(name => findProgram(name) === undefined);
		if (missing.length > 0) {
			process.stderr.write(`skipped, a test of ${kind}: ${missing.join(' and ')} not installed\n`);
		}
		return lacks.has(kind) || missing.length > 0 ? test.skip : test;
	};
}

async function lackOf(kind: DataServerKind): Promise<string | undefined> {
	const factory = await loadDataServer(kind);
	try {
		await factory.check();
		return undefined;
	} catch (error) {
		if (error instanceof StreambedError && error.code === 'TOOL_MISSING') {
			return `${error.message}; ${error.hint}`;
		}
		throw error;
	}
}
