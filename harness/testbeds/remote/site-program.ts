/** A program to run at a site: a bundle that Node runs, called as its site is unless it has a name of its own. */
export type SiteProgram = {readonly site: string; readonly path: string; readonly name?: string};
