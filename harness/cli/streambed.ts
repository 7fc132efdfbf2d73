#!/usr/bin/env node
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Argument, Command} from 'commander';
import {type ExitCode, errorCodes, exitCodeMeanings, exitCodes, StreambedError} from '#core/errors.ts';
import {packageRoot} from '#core/package-root.ts';
import {flag, json, positiveNumber, repeated, settleBooleanVariables, wholeNumber} from './flags.ts';
import type {RunFlags} from './run.ts';
import type {SchemaName} from './schema.ts';
import {addScistreamVerbs} from './scistream-verbs.ts';

const schemaNames = ['scenario', 'record', 'run', 'summary', 'problem'] as const satisfies readonly SchemaName[];

/** Named here, so that `--help` need not load them. */
const testbedNames = ['namespaces', 'docker', 'swarm', 'simulated'] as const satisfies ReadonlyArray<
	RunFlags['testbed']
>;

const recordsNames = ['all', 'first'] as const satisfies ReadonlyArray<RunFlags['records']>;

const spreadNames = ['threads', 'swarm'] as const satisfies ReadonlyArray<NonNullable<RunFlags['spread']>>;

const workersHelp = 'draws of a simulation at the same time; one for each processor without it';

const write = (text: string): void => {
	process.stdout.write(text);
};

const setting = () =>
	repeated('--set <path=value>', 'change one value of the scenario, by its path; can be given several times');

function exitCodeHelp(): string {
	const names = Object.keys(exitCodes) as Array<keyof typeof exitCodes>;
	const lines = names.map(name => `  ${String(exitCodes[name]).padStart(3)}  ${exitCodeMeanings[name]}`);
	return `\nExit codes:\n${lines.join('\n')}\n\nEvery flag --like-this can also be set as STREAMBED_LIKE_THIS.`;
}

function buildProgram(done: (exitCode: ExitCode) => void): Command {
	const {version} = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {version: string};
	const program = new Command('streambed')
		.description('A testbed for scientific data streaming: runs scenarios on shaped links, reports and compares them.')
		.version(version)
		.showHelpAfterError('(--help tells what it takes)')
		.exitOverride()
		.hook('preAction', (_program, command) => settleBooleanVariables(command))
		.addHelpText('after', exitCodeHelp());

	program
		.command('run')
		.description('run each variant of each scenario, write the run folder, print a table and where the report is')
		.argument('<scenario...>', 'a file, or the name of a scenario that ships')
		.addOption(flag('--testbed <name>', 'where it runs').choices(testbedNames).default('namespaces'))
		.addOption(flag('--workers <n>', workersHelp).argParser(wholeNumber({least: 1})))
		.addOption(
			flag('--records <which>', 'of a simulation: of all draws, or of the first of each variant, the others measured')
				.choices(recordsNames)
				.default('all'),
		)
		.addOption(
			flag('--spread <where>', 'of a simulation: in threads of this machine, or over the nodes of a Docker Swarm')
				.choices(spreadNames)
				.default('threads'),
		)
		.addOption(flag('--seed <n>', 'in place of the scenario’s seed').argParser(wholeNumber({least: 0})))
		.addOption(flag('--repeat <n>', 'draws of each variant').argParser(wholeNumber({least: 1})))
		.addOption(flag('--time-scale <x>', '0.1 packs ten seconds into one').argParser(positiveNumber))
		.addOption(repeated('--variant <name>', 'only this variant; can be given several times'))
		.addOption(setting())
		.addOption(flag('--out <dir>', 'where run folders go').default('runs'))
		.addOption(json())
		.action(async (scenarios: string[], options) => {
			const {run} = await import('./run.ts');
			const {seed, repeat, timeScale, set, ...flags} = options;
			const numbers = Object.entries({seed, repeat, timeScale}).filter(([, value]) => value !== undefined);
			done(await run({...flags, scenarios, set: [...set, ...numbers.map(([key, value]) => `${key}=${value}`)], write}));
		});

	program
		.command('plan')
		.description('print what would be built, with the exact ip and tc commands; touches nothing')
		.argument('<scenario>', 'a file, or the name of a scenario that ships')
		.addOption(flag('--variant <name>', 'this variant; without it, the first'))
		.addOption(setting())
		.action(async (nameOrPath: string, options) => {
			const [{plan}, {loadScenario}, {scenarioPath}] = await Promise.all([
				import('./plan.ts'),
				import('#core/scenario/load.ts'),
				import('./scenario-files.ts'),
			]);
			const only = options.variant === undefined ? [] : [options.variant];
			const {variants} = loadScenario(scenarioPath(nameOrPath), {set: options.set, only});
			for (const {variant, scenario} of variants.slice(0, 1)) {
				plan({variant, scenario, write});
			}
			done(exitCodes.fine);
		});

	program
		.command('list')
		.description('the scenarios that ship, with the source of each')
		.addOption(json())
		.action(async options => {
			const {list} = await import('./list.ts');
			list({...options, write});
			done(exitCodes.fine);
		});

	program
		.command('show')
		.description('a scenario with every default filled in')
		.argument('<scenario>', 'a file, or the name of a scenario that ships')
		.addOption(setting())
		.addOption(json())
		.action(async (nameOrPath: string, options) => {
			const {show} = await import('./show.ts');
			show({...options, nameOrPath, write});
			done(exitCodes.fine);
		});

	program
		.command('schema')
		.description('a published JSON Schema')
		.addArgument(new Argument('[name]', 'of what').choices(schemaNames).default('scenario'))
		.action(async (name: SchemaName) => {
			const {schema} = await import('./schema.ts');
			schema({name, write});
			done(exitCodes.fine);
		});

	program
		.command('place')
		.description(
			'placement alone: where the stages of one request go, and why; that they can go nowhere is an answer, and ends with 0',
		)
		.argument('<problem>', 'a JSON file')
		.addOption(
			flag('--solver <name>', 'exact: the fast one; highs: HiGHS as a second opinion')
				.choices(['exact', 'highs'])
				.default('exact'),
		)
		.addOption(json())
		.action(async (file: string, options) => {
			const {place} = await import('./place.ts');
			done(await place({...options, file, write}));
		});

	program
		.command('report')
		.description('rebuild the report of a run folder from its records')
		.argument('<run...>', 'run folders')
		.action(async (folders: string[]) => {
			const {report} = await import('./report.ts');
			done(await report({folders, write}));
		});

	program
		.command('reproduce')
		.description(
			'hold the figures of a paper against simulations, and on request real runs: a table, and a page of charts',
		)
		.argument('<paper>', 'a folder of scenarios that ships, such as zamani2018')
		.addOption(flag('--figure <list>', 'only these, such as 6,7; all without it').default(''))
		.addOption(
			flag('--seeds <n>', 'simulated draws of each variant')
				.argParser(wholeNumber({least: 2}))
				.default(30),
		)
		.addOption(
			flag(
				'--sensitivity',
				'draw them under every other reading of the paper as well; takes five times as long',
			).default(false),
		)
		.addOption(
			flag('--testbed <name>', 'drive them there as well; simulated: the model alone')
				.choices(testbedNames)
				.default('simulated'),
		)
		.addOption(flag('--transport <list>', 'on real links: with these in turn; zeromq without it'))
		.addOption(flag('--sharing <list>', 'on real links: variants that share so; reserved,tcp without it'))
		.addOption(
			flag('--repeat <n>', 'on real links: draws of each variant; 1 without it').argParser(wholeNumber({least: 1})),
		)
		.addOption(
			flag('--time-scale <x>', 'on real links: 0.1 packs ten seconds into one; 1 at most').argParser(positiveNumber),
		)
		.addOption(repeated('--run <dir>', 'of scistream: make the page of this run folder, and run nothing'))
		.addOption(flag('--workers <n>', workersHelp).argParser(wholeNumber({least: 1})))
		.addOption(flag('--out <dir>', 'where the page goes').default('runs'))
		.addOption(json())
		.action(
			async (paper: string, {figure, seeds, testbed, transport, sharing, repeat, timeScale, run: runs, ...options}) => {
				const [{reproduce}, {realFlags}] = await Promise.all([
					import('./reproduce.ts'),
					import('./reproduce-flags.ts'),
				]);
				const figures = figure.split(',').filter((name: string) => name !== '');
				if (paper === 'scistream') {
					const {reproduceScistream} = await import('./reproduce-scistream.ts');
					const onProgress = (line: string) => process.stderr.write(`${line}\n`);
					const drive = {runs, testbed: testbed === 'simulated' ? 'namespaces' : testbed, repeat, timeScale} as const;
					done(await reproduceScistream({...options, ...drive, figures, write, onProgress}));
					return;
				}
				const real = realFlags({testbed, transport, sharing, repeat, timeScale});
				const onProgress = (line: string) => process.stderr.write(`${line}\n`);
				done(await reproduce({...options, ...real, paper, figures, seedCount: seeds, write, onProgress}));
			},
		);

	program
		.command('compare')
		.description('put two run folders side by side')
		.argument('<a>', 'run folder')
		.argument('<b>', 'run folder')
		.addOption(flag('--page <file>', 'write them as an HTML page as well'))
		.addOption(json())
		.action(async (a: string, b: string, options) => {
			const {compare} = await import('./compare.ts');
			done(await compare({...options, a, b, write}));
		});

	addScistreamVerbs(program, {done, write, note: text => process.stderr.write(text)});

	program
		.command('doctor')
		.description('what this machine can emulate, and what to install for the rest')
		.addOption(json())
		.action(async options => {
			const {doctor} = await import('./doctor.ts');
			done(await doctor({...options, write}));
		});

	program
		.command('clean')
		.description('remove what killed runs left: only what carries our name')
		.action(async () => {
			const {clean} = await import('./clean.ts');
			done(await clean({write}));
		});

	return program;
}

/** What a person reads when a command ends early; a stack only for our own mistakes. */
function explain(error: unknown): ExitCode {
	if (error instanceof StreambedError) {
		process.stderr.write(`streambed: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
		return errorCodes[error.code].exitCode;
	}
	process.stderr.write(
		`streambed: this is a bug of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
	);
	return exitCodes.ourBug;
}

async function main(): Promise<ExitCode> {
	let exitCode: ExitCode = exitCodes.fine;
	const program = buildProgram(code => {
		exitCode = code;
	});
	try {
		await program.parseAsync();
		return exitCode;
	} catch (error) {
		if (
			error instanceof Error &&
			'code' in error &&
			typeof error.code === 'string' &&
			error.code.startsWith('commander.')
		) {
			// Commander has already said what is wrong; help and version are no mistakes.
			return 'exitCode' in error && error.exitCode === 0 ? exitCodes.fine : exitCodes.badInput;
		}
		return explain(error);
	}
}

process.exitCode = await main();
