import {clockAndChance} from './clock-and-chance.ts';
import type {Rule} from './finding.ts';
import {layers} from './layers.ts';
import {kebabCase, shortFiles} from './shape.ts';
import {noShellStrings, nothingSwallowed, plainModules} from './syntax-bans.ts';
import {unitNames} from './unit-names.ts';
import {benchmarkAddresses, noLeftovers, noPrivatePaths, noRegistryHosts} from './words.ts';

type Sample = {
	readonly rule: Rule;
	/** Where a sample stands when it does not say so itself, as `path | text`. */
	readonly path: string;
	readonly caught: readonly string[];
	readonly passed: readonly string[];
};

/** Every rule by the sentence that it holds, with texts that it must catch and texts that it must let pass. */
export const samples: Readonly<Record<string, Sample>> = {
	'folders import each other only as the table of the house allows': {
		rule: layers,
		path: 'netem/link.ts',
		caught: [
			"import {x} from '#proxies/runtime/messages.ts';",
			"import {x} from '../harness/core/units.ts';",
			"import {x} from '#netem/other.ts';",
			"export {x} from '#run/x.ts';",
			"const x = await import('#cli/x.ts');",
			"type X = import('#reports/x.ts').X;",
			"harness/core/a.ts | import yaml from 'yaml';",
			"harness/core/a.ts | import type {X} from '#netem/x.ts';",
			"harness/core/scenario/a.ts | import {execa} from 'execa';",
			"harness/workload/a.ts | import type {X} from '#proxies/runtime/x.ts';",
			"reports/a.ts | import {x} from '#run/x.ts';",
			"harness/run/a.ts | import {x} from '#netem/x.ts';",
			"proxies/runtime/brain.ts | import {readFile} from 'node:fs/promises';",
		],
		passed: [
			"import {x} from '#core/units.ts'; import {y} from './rate/other.ts'; import {execa} from 'execa';",
			"harness/core/records/schema.ts | import {z} from 'zod'; import {x} from '../units.ts'; import 'node:fs';",
			"harness/workload/a.ts | import type {X} from '#proxies/transports/transport.ts';",
			"harness/cli/run.ts | import {x} from '#netem/x.ts'; import {y} from '#run/y.ts';",
			"test/a.test.ts | import {x} from '../netem/x.ts';",
			"proxies/runtime/brain.ts | import assert from 'node:assert';",
		],
	},
	'what a module offers stands in it by name, and there are no enums': {
		rule: plainModules,
		path: 'netem/link.ts',
		caught: ["export * from './a.ts';", 'enum A {B}', 'export const enum A {B}'],
		passed: ["export {a} from './a.ts';", "const text = 'export * from enum';", "import * as vega from 'vega';"],
	},
	'clock and chance are arguments': {
		rule: clockAndChance,
		path: 'proxies/a.ts',
		caught: [
			'const now = Date.now();',
			'const now = new Date();',
			'const now = Date.now;',
			'const now = process.hrtime.bigint();',
			'const now = performance.now();',
			'const x = Math.random();',
			'setTimeout(f, 5);',
			'globalThis.setInterval(f, 5);',
			'const signal = AbortSignal.timeout(5);',
			"import {setTimeout as sleep} from 'node:timers/promises';",
		],
		passed: [
			'const at = new Date(clock.wallMs()); await clock.sleep(1);',
			"import {monitorEventLoopDelay, performance} from 'node:perf_hooks'; performance.eventLoopUtilization();",
			"const text = 'Date.now()'; // Math.random()",
			'harness/core/clock.ts | const now = Date.now();',
			'test/a.test.ts | setTimeout(f, 5);',
		],
	},
	'the unit is the last part of every numeric name': {
		rule: unitNames,
		path: 'netem/a.ts',
		caught: [
			'export type Link = {readonly rate: number};',
			'export type Link = {readonly rates: readonly number[]};',
			'export type Link = {readonly bitsPerSecondLink: number};',
			'export type Link = {readonly delay?: number | undefined};',
			'type Hidden = {readonly delaySeconds: Ms};',
			'export function wait(timeout: Seconds): void {}',
			'class A {latency: Ms = 0}',
			'const s = z.strictObject({deadline: z.number().min(0)});',
			'const s = z.strictObject({bytesMax: z.int(), mass: z.int().optional()});',
			'export type A = {readonly arms: number};',
		],
		passed: [
			'export type Link = {readonly rateBitsPerSecond: BitsPerSecond; readonly bytes: number; readonly atNs: MonotonicNs};',
			'export type Wait = {readonly latencyMsP99: Ms; readonly bufferedBytesMax: Bytes; readonly linkIndex: number};',
			'export type Cost = {readonly budgetUsdPerChunk: Usd; readonly chunksPerSecond: number; readonly seed: number};',
			'const s = z.strictObject({deadlineSeconds: z.number().min(0), name: z.string(), droppedCount: z.int()});',
			'type Hidden = {readonly x1: number}; const local = (a: number) => a;',
		],
	},
	'an empty catch says why': {
		rule: nothingSwallowed,
		path: 'netem/a.ts',
		caught: ['try { f(); } catch {}', 'try { f(); } catch (error) {\n}'],
		passed: ['try { f(); } catch {\n// It is gone already.\n}', 'try { f(); } catch (error) { g(error); }'],
	},
	'no command goes through a shell': {
		rule: noShellStrings,
		path: 'netem/a.ts',
		caught: [
			"spawn('ls', {shell: true});",
			"execa('ls', {shell: '/bin/bash'});",
			"import {exec} from 'node:child_process';",
			"import {execSync as run} from 'node:child_process';",
			"spawn('sh', ['-c', text]);",
			"const command = ['/bin/sh', '-ec', text];",
		],
		passed: [
			"execa('ip', ['-batch', '-']);",
			"spawn('ls', [], {shell: false});",
			"const found = pattern.exec('sh -c');",
		],
	},
	'a module has 300 lines at most, a test 600': {
		rule: shortFiles,
		path: 'netem/a.ts',
		caught: ['x;\n'.repeat(301), `test/a.test.ts | ${'x;\n'.repeat(601)}`],
		passed: ['x;\n'.repeat(300), `test/a.test.ts | ${'x;\n'.repeat(600)}`, `docs/a.md | ${'x\n'.repeat(400)}`],
	},
	'folders and files are named in kebab-case': {
		rule: kebabCase,
		path: 'netem/a.ts',
		caught: ['netem/linkRate.ts | ', 'netem/link_rate.ts | ', 'Netem/a.ts | ', 'docs/Page.md | '],
		passed: ['netem/link-rate.ts | ', 'test/core/a.test.ts | ', 'docs/README.md | ', '.ci/run | '],
	},
	'nothing is left to do in the text': {
		rule: noLeftovers,
		path: 'netem/a.ts',
		caught: ['// TODO: later', '# FIXME', 'XXX'],
		passed: ['todo.map(x => x)', 'const mask = 0xXXXX;'],
	},
	'no registry is named': {
		rule: noRegistryHosts,
		path: 'docs/a.md',
		caught: ['https://registry.example.com/zod', 'npm.artifactory.example.com', 'http://localhost:4873/'],
		passed: ['a registry of transports', 'transports.registry', 'the hub keeps a registry. It is'],
	},
	'no path of one machine is named': {
		rule: noPrivatePaths,
		path: 'docs/a.md',
		caught: ['see /home/ada/streambed', '"/root/.cache"'],
		passed: ['runs/home/x', 'the /proc/pressure/cpu file'],
	},
	'addresses are in the block for benchmarks': {
		rule: benchmarkAddresses,
		path: 'netem/a.ts',
		caught: ["const a = '10.0.0.1';", '192.168.1.0/24', "'198.20.0.1'"],
		passed: ['198.18.0.1/30', '198.19.255.254', '127.0.0.1:5555', '0.0.0.0', 'version 1.2.3', '1.2.3.4.5'],
	},
};
