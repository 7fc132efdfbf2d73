import {execFile} from 'node:child_process';

/** Runs a short command; what it said is its output and errors, without the white space around them. */
export function runTool(
	path: string,
	parameters: readonly string[],
): Promise<{readonly ok: boolean; readonly said: string}> {
	return new Promise(resolve => {
		execFile(path, parameters, {timeout: timeoutMs}, (error, stdout, stderr) => {
			const said = `${stdout}${stderr}`.trim();
			resolve({ok: error === null, said: said === '' && error ? error.message : said});
		});
	});
}

const timeoutMs = 5000;
