/** Mean advance of a character of DejaVu Sans, in ems: text of axis labels and titles, digits and letters mixed. */
const advanceEms = {normal: 0.6, bold: 0.67} as const;

type TextItem = {readonly fontSize?: number; readonly fontWeight?: string | number; readonly text?: unknown};

/**
 * Tells vega how wide text is. Without a canvas it takes every character for 0.8 em, which leaves legends and titles with
 * a third of empty room beside them.
 */
export function useTextWidths(vega: object): void {
	const {textMetrics} = vega as {textMetrics: {width: (item: TextItem, text?: unknown) => number}};
	textMetrics.width = ({fontSize = 11, fontWeight, text: ownText}, text = ownText) => {
		const lines = Array.isArray(text) ? text.map(String) : [String(text ?? '')];
		const weight = fontWeight === 'bold' ? 'bold' : 'normal';
		return Math.max(0, ...lines.map(line => textWidthPx(line, {fontSizePx: fontSize, weight})));
	};
}

/** About how wide a line of text is. */
export function textWidthPx(
	line: string,
	{fontSizePx, weight = 'normal'}: {readonly fontSizePx: number; readonly weight?: keyof typeof advanceEms},
): number {
	return line.length * fontSizePx * advanceEms[weight];
}
