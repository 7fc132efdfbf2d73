import {randomBytes} from 'node:crypto';
import {realClock} from '#core/clock.ts';
import {startApplication} from '../support/control-server.ts';
import {WireClient} from '../support/wire-client.ts';
import {callRows} from './call-rows.ts';
import type {ConformanceRow, Observation} from './conformance-row.ts';
import {defectRows} from './defect-rows.ts';

export type ProbeTarget = {
	readonly address: string;
	/** PEM of the certificate that the server shows. */
	readonly authority?: string;
	readonly token?: string;
	readonly otherToken?: string;
};

export type ProbedRow = ConformanceRow & {readonly observation: Observation};

/** Asks a control server every row, one after the other. A probe that fails has seen that it failed, and how. */
export async function probeServer(
	{address, authority, ...tokens}: ProbeTarget,
	asked: readonly ConformanceRow[] = [...callRows, ...defectRows],
): Promise<readonly ProbedRow[]> {
	await using applications = new AsyncDisposableStack();
	const context = {
		...tokens,
		connect: () => new WireClient(address, authority === undefined ? {} : {authority}),
		uid: () => randomBytes(16).toString('hex'),
		application: async (name: string) => applications.use(await startApplication(name)).address,
	};
	const rows: ProbedRow[] = [];
	for (const row of asked) {
		const observation = await row.probe(context).catch(
			(error: unknown): Observation => ({
				kind: 'failed',
				why: error instanceof Error ? error.message : String(error),
			}),
		);
		rows.push({...row, observation});
		// What a probe left waiting is dropped by its connection's end.
		await realClock.sleep(0.02);
	}
	return rows;
}
