/**
 * Colours by role, one set for paper and one for dark screens. Within a set every colour is used for one role only, so that
 * a drawing made in light can be inked anew. The series colours are told apart by the colour-blind, and by their lightness in grey.
 */
export const inks = {
	light: {
		paper: '#ffffff',
		ink: '#1c2430',
		muted: '#5b6675',
		grid: '#dfe4ea',
		alarm: '#a11245',
		series1: '#1f4e9c',
		series2: '#d1661a',
		series3: '#4aa593',
		series4: '#8a4fa0',
		series5: '#b8901a',
		series6: '#6b7785',
	},
	dark: {
		paper: '#141a22',
		ink: '#e8edf3',
		muted: '#a3afbd',
		grid: '#323c49',
		alarm: '#ff86ae',
		series1: '#7fb0ff',
		series2: '#ff9d57',
		series3: '#8fe3d0',
		series4: '#d09be6',
		series5: '#e6c65c',
		series6: '#b4bec9',
	},
} as const;

export type Theme = keyof typeof inks;
export type InkRole = keyof (typeof inks)['light'];

export const seriesColours = Object.entries(inks.light).flatMap(([role, colour]) =>
	role.startsWith('series') ? colour : [],
);

/** Line patterns beside the colours, for grey print. */
export const seriesDashes = [
	[1, 0],
	[7, 3],
	[2, 2],
	[9, 3, 2, 3],
	[4, 4],
	[1, 3],
] as const;

/** Puts other colours into a drawing made in light. */
export function ink(svg: string, colourOf: (role: InkRole) => string): string {
	const roles = new Map(Object.entries(inks.light).map(([role, colour]) => [colour as string, role as InkRole]));
	return svg.replace(/#[0-9a-f]{6}\b/g, colour => {
		const role = roles.get(colour);
		return role === undefined ? colour : colourOf(role);
	});
}
