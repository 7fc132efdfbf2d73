import {realClock} from '#core/clock.ts';
import {median} from '#core/median.ts';
import type {BenchResult} from '../bench-result.ts';
import {busyEngine, pendingCount} from './busy-engine.ts';

/** How fast virtual time passes when nothing happens in it. */
export function bareEngine(): BenchResult {
	const engine = busyEngine();
	const perRound = 3_000_000;
	const rates = Array.from({length: 7}, () => {
		const startNs = realClock.nowNs();
		engine.handle(perRound);
		return perRound / (Number(realClock.nowNs() - startNs) / 1e9);
	});
	const value = Math.round(median(rates));
	return {
		name: 'simulation engine, bare',
		value,
		unit: 'events/s',
		target: '≥ 3,000,000 events/s',
		met: value >= 3e6,
		detail: `median of ${rates.length} rounds of ${perRound} events, ${pendingCount} waiting; best ${(Math.max(...rates) / 1e6).toFixed(1)} million/s`,
	};
}
