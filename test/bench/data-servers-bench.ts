import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {median} from 'simple-statistics';
import type {BenchResult} from './bench-result.ts';
import type {DataServerRates} from './data-server-rates.ts';

/** What carries a stream how fast: ours against those of others, through the same kind of pair in the same run. */
export async function dataServersBench(): Promise<readonly BenchResult[]> {
	const free = await measure(['--rounds', '3']);
	const shaped = await measure(['--rounds', '1', '--shaped']);
	const rate = (rates: DataServerRates, name: string) => median(rates[name]?.bitsPerSecond ?? [Number.NaN]);
	const against = (name: string, other: string, mark: number): BenchResult => ({
		name: `${name} against ${other}`,
		value: rate(free, name) / rate(free, other),
		unit: 'ratio',
		target: `≥ ${mark}`,
		met: rate(free, name) >= mark * rate(free, other),
		detail: `${gigabits(free, name)} against ${gigabits(free, other)} Gbit/s; direct ${gigabits(free, 'direct')}`,
	});
	const names = Object.keys(free).filter(name => name !== 'direct');
	return [
		against('relay', 'haproxy', 1),
		against('relay', 'haproxy, 256 kB buffers', 0.9),
		against('mtls', 'stunnel', 1),
		...names.map((name): BenchResult => {
			const ratio = rate(shaped, name) / rate(shaped, 'direct');
			return {
				name: `${name}, share of direct at 500 Mbit/s`,
				value: ratio,
				unit: 'ratio',
				target: '≥ 0.98',
				met: ratio >= 0.98,
				detail: `unshaped ${gigabits(free, name)} Gbit/s`,
			};
		}),
		...['relay', 'mtls'].map((name): BenchResult => {
			const startMs = free[name]?.startMs ?? [];
			return {
				name: `${name}, from asked to listening`,
				value: Math.max(...startMs),
				unit: 'ms',
				target: '≤ 50 ms',
				met: startMs.length > 0 && Math.max(...startMs) <= 50,
				detail: `worst of ${startMs.length}, 0.3 s after it was asked whether it can be done`,
			};
		}),
	];
}

async function measure(parameters: readonly string[]): Promise<DataServerRates> {
	const program = join(import.meta.dirname, 'data-server-rates.ts');
	const {stdout} = await promisify(execFile)('unshare', [
		...['--user', '--map-root-user', '--net', process.execPath, '--import=tsx', program],
		...parameters,
	]);
	return JSON.parse(stdout) as DataServerRates;
}

const gigabits = (rates: DataServerRates, name: string): string =>
	(rates[name]?.bitsPerSecond ?? []).map(value => (value / 1e9).toFixed(2)).join(', ');
