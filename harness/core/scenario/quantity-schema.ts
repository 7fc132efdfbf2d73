import {z} from 'zod';
import {parseQuantity, type QuantityKind, quantityComplaint, quantityPattern} from '../quantities.ts';

/** A quantity written with its unit; inside it is a number in the base unit of its kind. A bare number is an error. */
export function quantity(kind: QuantityKind, {min = 0, max = Number.POSITIVE_INFINITY, note = ''} = {}) {
	return z
		.string({error: issue => quantityComplaint(kind, issue.input)})
		.regex(quantityPattern(kind), {error: issue => quantityComplaint(kind, issue.input)})
		.transform((text, context) => {
			const value = parseQuantity(kind, text);
			if (value === undefined) {
				return z.NEVER;
			}
			if (value < min || value > max) {
				context.addIssue({
					code: 'custom',
					message: `${text} is out of range: ${value < min ? `less than ${min}` : `more than ${max}`} in ${baseUnit[kind]}${note ? ` (${note})` : ''}`,
				});
				return z.NEVER;
			}
			return value;
		});
}

const baseUnit: Record<QuantityKind, string> = {
	rate: 'bit/s',
	size: 'bytes',
	duration: 'seconds',
	share: 'ratio (1 is 100%)',
	distance: 'km',
};
