import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import type {BenchResult} from '../bench-result.ts';
import {busyEngine} from './busy-engine.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Whether the engine leaves anything behind. */
export function memorySlope(): BenchResult {
	const engine = busyEngine();
	const readings: number[] = [];
	const rounds = 20;
	const perRound = 5_000_000;
	for (let round = 0; round < rounds; round++) {
		engine.handle(perRound);
		readings.push(heldBytes());
	}
	// From the second half, when the compiler has done its work.
	const late = readings.slice(rounds / 2);
	const value = Math.round((late.at(-1) as number) - (late[0] as number));
	return {
		name: `memory that the engine gained over the last half of ${(rounds * perRound) / 1e6} million events`,
		value,
		unit: 'bytes',
		target: '≤ 100,000 bytes',
		met: value <= 100_000,
		detail: 'heap and array buffers after a full collection',
	};
}

function heldBytes(): number {
	collect();
	const {heapUsed, arrayBuffers} = process.memoryUsage();
	return heapUsed + arrayBuffers;
}
