/** Whether a run is one of a model in virtual time: it can be made again byte for byte, and nothing of it was measured. */
export function isSimulated({testbed}: {readonly testbed: string}): boolean {
	return testbed === 'simulated';
}
