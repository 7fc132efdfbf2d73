import {z} from 'zod';
import {formatQuantity, parseQuantity, type QuantityKind, quantityComplaint, quantityPattern} from '../quantities.ts';

/** A quantity written with its unit; inside it is a number in the base unit of its kind. A bare number is an error. */
export function quantity(kind: QuantityKind, {min = 0, max = Number.POSITIVE_INFINITY, note = ''} = {}) {
	return z
		.string({error: issue => quantityComplaint(kind, issue.input, min)})
		.regex(quantityPattern(kind), {error: issue => quantityComplaint(kind, issue.input, min)})
		.transform((text, context) => {
			const value = parseQuantity(kind, text);
			if (value === undefined) {
				return z.NEVER;
			}
			if (value < min || value > max) {
				context.addIssue({
					code: 'custom',
					message: `${text} is out of range: a ${kind} here is ${value < min ? `${formatQuantity(kind, min)} or more` : `${formatQuantity(kind, max)} or less`}${note ? ` (${note})` : ''}`,
				});
				return z.NEVER;
			}
			return value;
		});
}
