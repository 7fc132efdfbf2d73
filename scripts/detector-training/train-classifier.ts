import {randomStream} from '#core/random.ts';
import {cellPx, windowPx} from '#proxies/stages/detector-window.ts';
import {type FoundWindow, slideWindow, type WindowClassifier} from '#proxies/stages/sliding-window.ts';
import {suppressOverlaps} from '#proxies/stages/suppress-overlaps.ts';
import {matchedCount} from '#workload/frames/agreement.ts';
import {ridgeRegression, type Sample} from './ridge-regression.ts';
import {type TrainingFrame, trainingFrames} from './training-frames.ts';
import {emptyWindows, isClear, levelsOf, targetWindows, windowAt} from './training-windows.ts';

/** How well a classifier does on frames at full resolution. */
export type Agreement = {readonly recallRatio: number; readonly precisionRatio: number; readonly f1Ratio: number};

export type Training = {
	readonly classifier: WindowClassifier;
	readonly targetSampleCount: number;
	readonly emptySampleCount: number;
	/** On the frames that the threshold was chosen on, which the weights were not. */
	readonly validation: Agreement;
};

const cameraCounts = {training: 40, validation: 12};
const emptyPerFrame = 120;
const penalty = 0.02;
/** Rounds in which windows that were taken for targets by mistake join the empty ones. */
const hardRounds = 2;
const hardPerFrameMax = 40;

/** Trains the detector's classifier on seeded frames: the same numbers come out each time. */
export async function trainClassifier(): Promise<Training> {
	const frames = await trainingFrames({purpose: 'training', cameraCount: cameraCounts.training});
	const random = randomStream(0, 'detector empty windows');
	const targets = frames.flatMap(frame => targetWindows(frame).map((features): Sample => ({features, label: 1})));
	const empty = frames.flatMap((frame, index) =>
		emptyWindows(frame, {count: emptyPerFrame, random: random.split(`frame-${index}`)}).map(asEmpty),
	);
	let classifier = fitted([...targets, ...empty]);
	for (let round = 0; round < hardRounds; round++) {
		const current = classifier;
		empty.push(...frames.flatMap(frame => mistakes(frame, current)).map(asEmpty));
		classifier = fitted([...targets, ...empty]);
	}
	const validation = await trainingFrames({purpose: 'validation', cameraCount: cameraCounts.validation});
	return {
		...bestThreshold(classifier, validation),
		targetSampleCount: targets.length,
		emptySampleCount: empty.length,
	};
}

const asEmpty = (features: Uint8Array): Sample => ({features, label: -1});

function fitted(samples: readonly Sample[]): WindowClassifier {
	const {weights, bias} = ridgeRegression(samples, {penalty});
	return {weights: Float32Array.from(weights), bias};
}

/** The windows in clear places that the classifier takes for targets, those of which it is surest. */
function mistakes(frame: TrainingFrame, classifier: WindowClassifier): readonly Uint8Array[] {
	const {sidePx, targets} = frame;
	return levelsOf(frame)
		.flatMap(at => [...slideWindow(at.bytes, at.level, classifier)].map(window => ({...window, at})))
		.filter(({xRatio, yRatio}) => isClear(targets, {xPx: xRatio * sidePx, yPx: yRatio * sidePx}))
		.sort((a, b) => b.score - a.score)
		.slice(0, hardPerFrameMax)
		.flatMap(({xRatio, yRatio, at}) => {
			const column = Math.round((xRatio * at.level.width - windowPx / 2) / cellPx);
			const row = Math.round((yRatio * at.level.height - windowPx / 2) / cellPx);
			return windowAt(at, {column, row}) ?? [];
		});
}

/** Thresholds that are tried, around the one in the middle between the labels. */
const thresholds = [...Array(60).keys()].map(step => (step - 15) / 30);

/** Moves the bias so that F1 is greatest. */
function bestThreshold({weights, bias}: WindowClassifier, frames: readonly TrainingFrame[]) {
	const [least = 0] = thresholds;
	const scored = frames.map(frame => ({frame, windows: windowsAbove(least, frame, {weights, bias})}));
	const candidates = thresholds.map(threshold => ({
		classifier: {weights, bias: bias - threshold},
		validation: agreementOf(threshold, scored),
	}));
	return candidates.reduce((best, one) => (one.validation.f1Ratio > best.validation.f1Ratio ? one : best));
}

type ScoredFrame = {readonly frame: TrainingFrame; readonly windows: readonly FoundWindow[]};

function windowsAbove(
	threshold: number,
	frame: TrainingFrame,
	{weights, bias}: WindowClassifier,
): readonly FoundWindow[] {
	return levelsOf(frame)
		.flatMap(({bytes, level}) => [...slideWindow(bytes, level, {weights, bias: bias - threshold})])
		.map(window => ({...window, score: window.score + threshold}));
}

/** Over all frames together. */
function agreementOf(threshold: number, scored: readonly ScoredFrame[]): Agreement {
	let boxCount = 0;
	let targetCount = 0;
	let hitCount = 0;
	for (const {frame, windows} of scored) {
		const boxes = suppressOverlaps(windows.filter(({score}) => score > threshold));
		boxCount += boxes.length;
		targetCount += frame.targets.length;
		hitCount += matchedCount(boxes, frame);
	}
	return {
		recallRatio: hitCount / targetCount,
		precisionRatio: boxCount === 0 ? 0 : hitCount / boxCount,
		f1Ratio: (2 * hitCount) / (boxCount + targetCount),
	};
}
