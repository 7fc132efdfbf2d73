import type {RunDocument} from '#core/records/run-document.ts';

/** Why a run's verdict is not valid, a line a reason, each with the variant (and the repeat, where there are several) it is about. */
export function verdictReasons({outcomes, repeats}: RunDocument): readonly string[] {
	return outcomes.flatMap(({variant, repeat, reasons}) =>
		reasons.map(({reason}) => `${variant}${repeats > 1 ? `, repeat ${repeat}` : ''}: ${reason}`),
	);
}
