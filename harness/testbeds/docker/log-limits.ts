/** How much the engine keeps of what a container writes; the run folder has what is worth keeping. */
export const logLimits = {Type: 'json-file', Config: {'max-size': '1m', 'max-file': '2'}};
