import {InvalidArgumentError, Option} from 'commander';
import {parseQuantity, type QuantityKind, quantityComplaint} from '#core/quantities.ts';

/** A flag that an environment variable can set as well: `--time-scale` and STREAMBED_TIME_SCALE. */
export function flag(definition: string, description: string): Option {
	const option = new Option(definition, description);
	return option.env(`STREAMBED_${option.name().toUpperCase().replaceAll('-', '_')}`);
}

/** A flag that may be given several times; it never swallows the argument behind it. */
export function repeated(definition: string, description: string): Option {
	return flag(definition, description)
		.default([] as string[], 'none')
		.argParser((text: string, before: readonly string[]) => [...before, text]);
}

export function json(): Option {
	// A variable that is set is a flag that is given, unless it says no.
	if (['', '0', 'false', 'no'].includes(process.env.STREAMBED_JSON?.toLowerCase() ?? 'unset')) {
		delete process.env.STREAMBED_JSON;
	}
	return flag('--json', 'print one JSON object instead of a table').default(false);
}

/** Reads a number of a flag; complains as commander wants it. */
export function number({whole, above}: {readonly whole: boolean; readonly above: number}) {
	return (text: string): number => {
		const value = Number(text);
		if (text.trim() === '' || !Number.isFinite(value) || value < above || (whole && !Number.isInteger(value))) {
			throw new InvalidArgumentError(`it takes a ${whole ? 'whole ' : ''}number from ${above}.`);
		}
		return value;
	};
}

/** Reads `5s`, `200Mbit/s` and the like of a flag, as seconds, bits per second and so on. */
export function quantity(kind: QuantityKind) {
	return (text: string): number => {
		const value = parseQuantity(kind, text);
		if (value === undefined) {
			throw new InvalidArgumentError(`${quantityComplaint(kind, text)}.`);
		}
		return value;
	};
}
