/** The real work that stages can do, in the order in which each takes what the one before gives. */
export const stageWorks = ['pyramid', 'gradients', 'windows'] as const;

export type StageWork = (typeof stageWorks)[number];
