import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {realClock} from '#core/clock.ts';
import {readLines} from '#core/control/lines.ts';
import {packageRoot} from '#core/package-root.ts';
import {programsDigest} from '../../docker/programs-digest.ts';
import {SimulationThreads} from '../../simulated/simulation-threads.ts';
import {departing} from '../../simulated/travelling-end.ts';
import {dialSwitchboard, invitationIn} from '../switchboard/dial-switchboard.ts';
import {nodeVariable, type SweepOrder, type SweepReport} from './messages.ts';

/**
 * A worker of a sweep, on whatever node it stands: it dials in at the switchboard and simulates one draw after the other, in a thread, so that it
 * is heard of meanwhile. It fails with its connection, and the swarm starts another one in its place.
 */

const never = new AbortController().signal;

const threads = await SimulationThreads.open({threadCount: 1});
const socket = await dialSwitchboard({invitation: invitationIn(process.env), clock: realClock, signal: never});
socket.once('close', () => process.exit(1));

const report = (said: SweepReport): void => void socket.write(`${JSON.stringify(said)}\n`);
const underWay = new Map<number, AbortController>();

async function simulate({id, scenario, seed, collectorPath}: SweepOrder & {readonly kind: 'simulate'}): Promise<void> {
	const halt = new AbortController();
	underWay.set(id, halt);
	try {
		const collectorUrl = pathToFileURL(join(packageRoot, collectorPath)).href;
		const {end, collected, countByKind} = await threads.collect({scenario, seed, collectorUrl, signal: halt.signal});
		report({kind: 'measured', id, end: departing(end), collected, counts: [...countByKind]});
	} catch (error) {
		report({kind: 'broken', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error)});
	} finally {
		underWay.delete(id);
	}
}

function obey(order: SweepOrder): void {
	switch (order.kind) {
		case 'simulate':
			void simulate(order);
			return;
		case 'abort':
			underWay.get(order.id)?.abort();
			return;
		default:
			order satisfies never;
	}
}

readLines(socket, line => obey(JSON.parse(line) as SweepOrder));
report({kind: 'hello', node: process.env[nodeVariable] ?? '', programs: programsDigest()});
