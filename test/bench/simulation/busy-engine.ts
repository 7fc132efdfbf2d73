import {randomStream} from '#core/random.ts';
import {Engine} from '#testbeds/simulated/engine.ts';
import {priorities} from '#testbeds/simulated/priorities.ts';

/** So many events are waiting in it at any time. */
export const pendingCount = 256;

/** An engine that is warm: its events schedule one another at random distances. */
export function busyEngine(): Engine {
	const engine = new Engine({eventCountMax: Number.MAX_SAFE_INTEGER, pendingCountMax: 10 * pendingCount});
	const chance = randomStream(1, 'simulation-bench');
	const delays = Float64Array.from({length: 65_536}, () => chance.next());
	let drawn = 0;
	const again = () => {
		drawn = (drawn + 1) & 65_535;
		engine.at(engine.nowSeconds + (delays[drawn] as number), priorities.movement, again);
	};
	for (let index = 0; index < pendingCount; index++) {
		again();
	}
	engine.handle(1_000_000);
	return engine;
}
