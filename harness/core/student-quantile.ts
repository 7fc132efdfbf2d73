/**
 * The value that Student's t stays within, either side of 0, in 95 % of draws. Found by bisection of its distribution,
 * integrated over the angle x = √ν·tan θ, in which the density has no long tail. `degreesOfFreedom` is 1 or more.
 */
export function studentQuantile(degreesOfFreedom: number): number {
	const half = weight(Math.PI / 2, degreesOfFreedom);
	const central = 0.95 * half;
	let low = 0;
	let high = Math.PI / 2;
	for (let step = 0; step < 60; step++) {
		const middle = (low + high) / 2;
		if (weight(middle, degreesOfFreedom) < central) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return Math.sqrt(degreesOfFreedom) * Math.tan((low + high) / 2);
}

/** ∫ cos^(ν−1) from 0 to an angle, by Simpson's rule. */
function weight(endAngle: number, degreesOfFreedom: number): number {
	const panels = 200;
	const width = endAngle / panels;
	let sum = 0;
	for (let index = 0; index <= panels; index++) {
		const factor = index === 0 || index === panels ? 1 : index % 2 === 1 ? 4 : 2;
		sum += factor * Math.cos(index * width) ** (degreesOfFreedom - 1);
	}
	return (sum * width) / 3;
}
