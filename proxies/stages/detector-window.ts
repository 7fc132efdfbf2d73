/** What the detector looks at in one go: a square of cells, and the size of a target that fills it as trained. */

/** The side of a cell, over which gradients are counted by their orientation. */
export const cellPx = 4;
/** Directions that gradients are told apart by, over the whole circle: from dark to bright is not from bright to dark. */
export const orientationCount = 8;
/** Cells along a side of the window. */
export const windowCellCount = 6;
export const windowPx = windowCellCount * cellPx;
/** Mean radius of the target that a window is for; smaller ones are not seen, larger ones on a higher level of the pyramid. */
export const windowTargetRadiusPx = 8;
/** Numbers that describe a window. */
export const windowFeatureCount = windowCellCount * windowCellCount * orientationCount;
