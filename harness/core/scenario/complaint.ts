import type {Path} from './document.ts';

/** What is wrong with a scenario, and where its author wrote it. */
export type Complaint = {readonly path: Path; readonly message: string};
