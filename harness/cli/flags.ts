import {type Command, InvalidArgumentError, Option} from 'commander';
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

/**
 * Settles flags that take no value and were set by their variable: 1, true and yes give them, 0, false, no and nothing do not, and
 * whatever else is refused. (Commander takes any value of the variable for a yes.)
 */
export function settleBooleanVariables(command: Command): void {
	for (const option of command.options) {
		const name = option.attributeName();
		if (option.isBoolean() && option.envVar !== undefined && command.getOptionValueSource(name) === 'env') {
			const text = process.env[option.envVar] ?? '';
			const given = yesOrNo.get(text.toLowerCase());
			if (given === undefined) {
				command.error(
					`error: option '${option.flags}' value '${text}' from env '${option.envVar}' is invalid. it takes 1, true or yes, or 0, false or no.`,
				);
			}
			command.setOptionValueWithSource(name, given, 'env');
		}
	}
}

export function json(): Option {
	return flag('--json', 'print one JSON object instead of a table').default(false);
}

/** Reads a whole number of a flag, `least` or more; complains as commander wants it. */
export function wholeNumber({least}: {readonly least: number}) {
	return (text: string): number => {
		const value = Number(text);
		if (text.trim() === '' || !Number.isInteger(value) || value < least) {
			throw new InvalidArgumentError(`it takes a whole number from ${least}.`);
		}
		return value;
	};
}

/** Reads a number of a flag that is more than 0. */
export function positiveNumber(text: string): number {
	const value = Number(text);
	if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
		throw new InvalidArgumentError('it takes a number above 0.');
	}
	return value;
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

const yesOrNo: ReadonlyMap<string, boolean> = new Map([
	...['1', 'true', 'yes'].map(text => [text, true] as const),
	...['0', 'false', 'no', ''].map(text => [text, false] as const),
]);
