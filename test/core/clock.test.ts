import test from 'ava';
import fc from 'fast-check';
import {realClock, ScenarioTime} from '#core/clock.ts';

test('scenario second 0 is the start, and a scale of 0.1 packs ten scenario seconds into one', t => {
	const time = new ScenarioTime({startNs: 5_000_000_000n, timeScale: 0.1});
	t.is(time.secondsAt(5_000_000_000n), 0);
	t.is(time.secondsAt(6_000_000_000n), 10);
	t.is(time.secondsAt(4_000_000_000n), -10);
	t.is(time.instantNs(220), 27_000_000_000n);
});

test('an instant and its scenario second lead back to each other, to the nanosecond', t => {
	const property = fc.property(
		fc.double({min: -100, max: 86_400, noNaN: true}),
		fc.constantFrom(0.01, 0.1, 0.5, 1, 3),
		fc.bigInt({min: 0n, max: 10n ** 17n}),
		(seconds, timeScale, startNs) => {
			const time = new ScenarioTime({startNs, timeScale});
			const instantNs = time.instantNs(seconds);
			const difference = time.instantNs(time.secondsAt(instantNs)) - instantNs;
			return difference >= -1n && difference <= 1n;
		},
	);
	t.notThrows(() => fc.assert(property));
});

test('a sleep lasts at least as long as asked', async t => {
	const startNs = realClock.nowNs();
	await realClock.sleep(0.02);
	const sleptMs = Number(realClock.nowNs() - startNs) / 1e6;
	t.true(sleptMs >= 19 && sleptMs < 2000, `slept ${sleptMs} ms, expected 20 ms − 1 + 1980`);
});

test('an aborted sleep rejects at once', async t => {
	const startNs = realClock.nowNs();
	const controller = new AbortController();
	const sleep = realClock.sleep(60, controller.signal);
	controller.abort();
	await t.throwsAsync(sleep, {name: 'AbortError'});
	const waitedMs = Number(realClock.nowNs() - startNs) / 1e6;
	t.true(waitedMs < 5000, `rejected after ${waitedMs} ms, expected 0 ms + 5000`);
});

test('a callback that was cancelled is not called, one that was not is called once', async t => {
	const calls: string[] = [];
	const cancel = realClock.after(0.01, () => calls.push('cancelled'));
	cancel();
	realClock.after(0.01, () => calls.push('kept'));
	await realClock.sleep(0.1);
	t.deepEqual(calls, ['kept']);
});

test('a repeated callback is called until it is cancelled', async t => {
	let calls = 0;
	const {promise, resolve} = Promise.withResolvers<void>();
	const cancel = realClock.every(0.005, () => {
		calls++;
		if (calls === 3) {
			cancel();
			resolve();
		}
	});
	await promise;
	await realClock.sleep(0.05);
	t.is(calls, 3);
});
