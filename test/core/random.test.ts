import test from 'ava';
import {type RandomStream, randomStream} from '#core/random.ts';

const drawsOf = (stream: RandomStream, count: number): number[] => Array.from({length: count}, () => stream.next());

/** Quantile of the chi-square law by Wilson and Hilferty's cube; `z` is the normal quantile. */
function chiSquareQuantile({degrees, z}: {readonly degrees: number; readonly z: number}): number {
	const spread = 2 / (9 * degrees);
	return degrees * (1 - spread + z * Math.sqrt(spread)) ** 3;
}

function correlation(left: readonly number[], right: readonly number[]): number {
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const [leftMean, rightMean] = [mean(left), mean(right)];
	let [both, leftSquare, rightSquare] = [0, 0, 0];
	for (const [index, value] of left.entries()) {
		const [x, y] = [value - leftMean, (right[index] ?? Number.NaN) - rightMean];
		both += x * y;
		leftSquare += x * x;
		rightSquare += y * y;
	}
	return both / Math.sqrt(leftSquare * rightSquare);
}

test('the same seed and purpose give the same draws, another seed or purpose gives others', t => {
	const draws = drawsOf(randomStream(7, 'arrivals'), 1000);
	t.deepEqual(drawsOf(randomStream(7, 'arrivals'), 1000), draws);
	t.notDeepEqual(drawsOf(randomStream(8, 'arrivals'), 1000), draws);
	t.notDeepEqual(drawsOf(randomStream(7, 'durations'), 1000), draws);
});

test('the draws of a seed never change from one version to the next', t => {
	const stream = randomStream(1, 'pinned');
	t.deepEqual(
		Array.from({length: 4}, () => stream.integer(1_000_000)),
		[981_211, 354_936, 977_731, 706_344],
	);
});

test('draws of a split stream leave those of its parent where they were', t => {
	const alone = drawsOf(randomStream(3, 'load'), 100);
	const parent = randomStream(3, 'load');
	const child = parent.split('durations');
	const interleaved = alone.map(() => {
		child.next();
		child.normal();
		return parent.next();
	});
	t.deepEqual(interleaved, alone);
});

test('a split stream is the same whenever it is split off, and splits of splits differ', t => {
	const early = randomStream(3, 'load').split('a');
	const parent = randomStream(3, 'load');
	drawsOf(parent, 50);
	const draws = drawsOf(early, 100);
	t.deepEqual(drawsOf(parent.split('a'), 100), draws);
	t.notDeepEqual(drawsOf(parent.split('b'), 100), draws);
	t.notDeepEqual(drawsOf(parent.split('a').split('a'), 100), draws);
});

test('draws are uniform: 64 bins pass a chi-square test on both sides, for 20 seeds', t => {
	const [bins, count] = [64, 64_000];
	// 4.5 standard deviations a side: one seed in some 150,000 would fail by chance.
	const limits = {
		low: chiSquareQuantile({degrees: bins - 1, z: -4.5}),
		high: chiSquareQuantile({degrees: bins - 1, z: 4.5}),
	};
	for (let seed = 0; seed < 20; seed++) {
		const stream = randomStream(seed, 'uniform');
		const filled = new Array<number>(bins).fill(0);
		for (let draw = 0; draw < count; draw++) {
			const bin = stream.integer(bins);
			filled[bin] = (filled[bin] ?? Number.NaN) + 1;
		}
		const expected = count / bins;
		const chiSquare = filled.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
		t.true(
			chiSquare > limits.low && chiSquare < limits.high,
			`seed ${seed}: chi-square ${chiSquare.toFixed(1)}, expected ${limits.low.toFixed(1)} to ${limits.high.toFixed(1)}`,
		);
	}
});

test('draws stay in [0, 1)', t => {
	const draws = drawsOf(randomStream(11, 'range'), 100_000);
	t.true(draws.every(draw => draw >= 0 && draw < 1));
});

test('streams of neighbouring seeds, of split purposes and of a stream and its own next draws do not correlate', t => {
	const count = 20_000;
	const limit = 4.5 / Math.sqrt(count);
	const root = randomStream(5, 'root');
	const pairs = {
		seeds: [drawsOf(randomStream(1, 'x'), count), drawsOf(randomStream(2, 'x'), count)],
		splits: [drawsOf(root.split('a'), count), drawsOf(root.split('b'), count)],
		successive: [drawsOf(randomStream(9, 'x'), count), drawsOf(randomStream(9, 'x'), count + 1).slice(1)],
	} as const;
	for (const [name, [left, right]] of Object.entries(pairs)) {
		const found = correlation(left, right);
		t.true(Math.abs(found) < limit, `${name}: correlation ${found.toFixed(4)}, expected 0 ± ${limit.toFixed(4)}`);
	}
});

test('normal draws have mean 0, standard deviation 1 and the share of a normal law beyond two of them', t => {
	const count = 100_000;
	const stream = randomStream(21, 'normal');
	const draws = Array.from({length: count}, () => stream.normal());
	const mean = draws.reduce((sum, draw) => sum + draw, 0) / count;
	const deviation = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / count);
	const beyondTwo = draws.filter(draw => Math.abs(draw) > 2).length / count;
	t.true(Math.abs(mean) < 4.5 / Math.sqrt(count), `mean ${mean}`);
	t.true(Math.abs(deviation - 1) < 4.5 / Math.sqrt(2 * count), `standard deviation ${deviation}`);
	t.true(Math.abs(beyondTwo - 0.0455) < 0.003, `share beyond two deviations ${beyondTwo}, expected 0.0455 ± 0.003`);
});
