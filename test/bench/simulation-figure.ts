import type {BenchResult} from './bench-result.ts';

/**
 * One figure of the simulation, by name, in a process of its own and without a loader: what else was measured before, and the helpers
 * that loaders add to every function, take half of its speed. Prints it as JSON.
 */
const figures: Readonly<Record<string, () => Promise<BenchResult>>> = {
	'bare-engine': async () => (await import('./simulation/bare-engine.ts')).bareEngine(),
	'memory-slope': async () => (await import('./simulation/memory-slope.ts')).memorySlope(),
	'records-written': async () => (await import('./simulation/records-written.ts')).recordsWritten(),
	'half-an-hour': async () => (await import('./simulation/half-an-hour.ts')).halfAnHour(),
};

const name = process.argv[2] ?? '';
const figure = figures[name];
if (!figure) {
	throw new Error(`there is no figure “${name}”, but ${Object.keys(figures).join(', ')}`);
}
console.log(JSON.stringify(await figure()));
