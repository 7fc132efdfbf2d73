import test from 'ava';
import fc from 'fast-check';
import {
	formatBytes,
	formatKm,
	formatQuantity,
	formatRate,
	formatRatio,
	formatSeconds,
	parseQuantity,
	type QuantityKind,
	quantityComplaint,
	quantityUnits,
} from '#core/quantities.ts';

const kinds = Object.keys(quantityUnits) as QuantityKind[];

for (const kind of kinds) {
	test(`a ${kind} is read in every unit that it may have`, t => {
		for (const [unit, factor] of Object.entries(quantityUnits[kind])) {
			t.is(parseQuantity(kind, `1${unit}`), factor, unit);
			t.is(parseQuantity(kind, ` 2.5 ${unit} `), Number((2.5 * factor).toPrecision(15)), unit);
		}
	});

	test(`no ${kind} is read from a bare number, a negative one, an exponent or a unit of another kind`, t => {
		const others = kinds.filter(other => other !== kind).flatMap(other => Object.keys(quantityUnits[other]));
		for (const unit of others) {
			t.is(parseQuantity(kind, `1${unit}`), undefined, unit);
		}
		for (const unit of Object.keys(quantityUnits[kind])) {
			for (const text of ['1', '', unit, `-1${unit}`, `1e3${unit}`, `1,5${unit}`, `.5${unit}`, `1${unit}${unit}`]) {
				t.is(parseQuantity(kind, text), undefined, JSON.stringify(text));
			}
		}
	});

	test(`a ${kind} that cannot be read is answered with its fault and an example that can be`, t => {
		t.regex(quantityComplaint(kind, 5), /^5 has no unit; write for example /);
		t.regex(quantityComplaint(kind, '5'), /^5 has no unit; write for example /);
		t.is(quantityComplaint(kind, '-5 parsecs'), `-5 parsecs is negative; a ${kind} is 0 or more`);
		t.is(
			quantityComplaint(kind, '-5 parsecs', 1),
			`-5 parsecs is negative; a ${kind} is ${formatQuantity(kind, 1)} or more`,
		);
		t.regex(quantityComplaint(kind, '5 parsecs'), new RegExp(`^"5 parsecs" is not a ${kind}; write for example `));
		const example = /write for example (\S+)/.exec(quantityComplaint(kind, null))?.[1];
		t.not(parseQuantity(kind, example ?? ''), undefined, example);
	});
}

test('a share of whole percent is the nearest number to it', t => {
	for (let percent = 0; percent <= 100; percent++) {
		t.is(parseQuantity('share', `${percent}%`), percent / 100);
	}
});

const roundTrips: ReadonlyArray<{
	kind: QuantityKind;
	format: (value: number) => string;
	min: number;
	max: number;
	toleranceRatio: number;
}> = [
	{kind: 'rate', format: formatRate, min: 1, max: 1e12, toleranceRatio: 5e-4},
	{kind: 'size', format: formatBytes, min: 1, max: 1e15, toleranceRatio: 5e-4},
	{kind: 'duration', format: formatSeconds, min: 1e-6, max: 1e7, toleranceRatio: 5e-4},
	{kind: 'share', format: formatRatio, min: 1e-4, max: 1, toleranceRatio: 5e-3},
	{kind: 'distance', format: formatKm, min: 1e-3, max: 50_000, toleranceRatio: 5e-4},
];

for (const {kind, format, min, max, toleranceRatio} of roundTrips) {
	test(`a ${kind} that is written for people is read back as what it was, to the digits shown`, t => {
		t.is(parseQuantity(kind, format(0)), 0);
		const property = fc.property(fc.double({min, max, noNaN: true}), value => {
			const back = parseQuantity(kind, format(value));
			return back !== undefined && Math.abs(back - value) <= toleranceRatio * value * (1 + 1e-9);
		});
		t.notThrows(() => fc.assert(property));
	});
}

test('people see the largest unit that a value fills', t => {
	t.is(formatRate(200e6), '200Mbit/s');
	t.is(formatRate(1e9), '1Gbit/s');
	t.is(formatRate(64_000), '64kbit/s');
	t.is(formatBytes(10e6), '10MB');
	t.is(formatBytes(999), '999B');
	t.is(formatSeconds(0.0125), '12.5ms');
	t.is(formatSeconds(90), '90s');
	t.is(formatRatio(0.805), '80.5%');
	t.is(formatKm(1500), '1500km');
});
