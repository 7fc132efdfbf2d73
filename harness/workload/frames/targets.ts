import type {TargetSizes} from '#core/control/messages.ts';
import type {RandomStream} from '#core/random.ts';

/** Something that moves through the picture: where its middle is, and how far it reaches, in pixels. */
export type Target = {
	readonly xPx: number;
	readonly yPx: number;
	readonly radiusXPx: number;
	readonly radiusYPx: number;
	/** How much brighter than the background its middle is, in grey levels. */
	readonly contrast: number;
};

export const defaultTargetSizes: TargetSizes = {count: 6, leastRadiusRatio: 0.02, greatestRadiusRatio: 0.06};

/** Where the targets of a camera are in each of its exposures: known without rendering one. */
export class Targets {
	readonly #sidePx: number;
	readonly #tracks: readonly Track[];

	constructor({
		side,
		random,
		sizes = defaultTargetSizes,
	}: {
		readonly side: number;
		/** The camera's own. */
		readonly random: RandomStream;
		readonly sizes?: TargetSizes | undefined;
	}) {
		this.#sidePx = side;
		this.#tracks = Array.from({length: sizes.count}, (_, index) =>
			drawTrack(side, sizes, random.split(`target-${index}`)),
		);
	}

	at(exposureIndex: number): readonly Target[] {
		return this.#tracks.map(({stepXPx, stepYPx, ...target}) => ({
			...target,
			xPx: reflected(target.xPx + stepXPx * exposureIndex, this.#sidePx),
			yPx: reflected(target.yPx + stepYPx * exposureIndex, this.#sidePx),
		}));
	}
}

type Track = Target & {
	/** Pixels from one exposure to the next. */
	readonly stepXPx: number;
	readonly stepYPx: number;
};

function drawTrack(side: number, {leastRadiusRatio, greatestRadiusRatio}: TargetSizes, random: RandomStream): Track {
	const between = (low: number, high: number) => low + (high - low) * random.next();
	const headingRadians = between(0, 2 * Math.PI);
	const stepPx = side * between(0.02, 0.06);
	return {
		xPx: between(0, side),
		yPx: between(0, side),
		radiusXPx: side * between(leastRadiusRatio, greatestRadiusRatio),
		radiusYPx: side * between(leastRadiusRatio, greatestRadiusRatio),
		contrast: between(60, 110),
		stepXPx: stepPx * Math.cos(headingRadians),
		stepYPx: stepPx * Math.sin(headingRadians),
	};
}

/** A position that turns round at both borders. */
function reflected(position: number, side: number): number {
	const around = ((position % (2 * side)) + 2 * side) % (2 * side);
	return around < side ? around : 2 * side - around;
}
