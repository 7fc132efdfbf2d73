import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import anyTest from 'ava';
import {exitCodes} from '#core/errors.ts';
import {OriginalLikeServer} from '../fixtures/original-like-server.ts';
import {startControlServer} from '../support/control-server.ts';
import {callRows} from './call-rows.ts';
import {conformanceEnd} from './conformance-end.ts';
import {type Observation, seen, skipped} from './conformance-row.ts';
import {defectRows} from './defect-rows.ts';
import {probeServer} from './probe-server.ts';

// One after the other: both use the same ports.
const test = anyTest.serial;

const tokens = {token: 'one', otherToken: 'other'};

/** What ours does in each row that is seen at a control server. */
const ours: Readonly<Record<string, string>> = {
	'hello with an unknown uid': 'NOT_FOUND',
	'update with an unknown uid': 'NOT_FOUND',
	'release with an unknown uid': 'NOT_FOUND',
	'req with a uid that is pending': 'ALREADY_EXISTS',
	'second release': 'NOT_FOUND',
	'num_conn 0': 'INVALID_ARGUMENT',
	'num_conn negative': 'INVALID_ARGUMENT',
	'an empty uid': 'INVALID_ARGUMENT',
	'a listener without a port': 'INVALID_ARGUMENT',
	'more targets than connections': 'accepted',
	'fewer targets than connections': 'accepted',
	'update without targets': 'INVALID_ARGUMENT',
	'defect 1: two sessions, then the first one’s update': 'each session carries its own',
	'defect 2: two requests that are answered at the same time': 'each request gets its own answer',
	'defect 4: a listener after its release': 'is closed',
	'defect 5: a hello while ten requests wait': 'accepted',
	'defect 6: forty short connections in a row (with stunnel)': 'all go through',
	'defect 8: 2 MB at a rate of 8': 'held, in Mbit/s',
	'defect 9: a release by another identity': 'PERMISSION_DENIED',
	'defect 12: does the server tell when a session ends by itself': 'yes',
	'defect 3: the 102nd connection of a server’s life': 'a listener',
	'num_conn above the ports left': 'RESOURCE_EXHAUSTED',
};

test('ours has none of the defects that are seen from outside', async t => {
	await using server = await startControlServer({dataPorts: [21_100, 21_119], identify: token => token ?? ''});
	t.deepEqual(seenIn(await probeServer({address: server.address, ...tokens})), ours);
});

test('the suite tells a server that behaves as the original does in every row', async t => {
	await using server = await OriginalLikeServer.start([21_120, 21_220]);
	const rows = await probeServer({address: server.address, ...tokens});
	const expected = Object.fromEntries(
		rows.filter(({observation}) => observation.kind === 'seen').map(({row, original}) => [row, original]),
	);
	// The fixture has no stunnel.
	t.deepEqual(seenIn(rows), {
		...expected,
		'defect 6: forty short connections in a row (with stunnel)': 'all go through',
	});
});

test('a row that failed is never a pass, and a defect is told before it', async t => {
	const row = {row: 'any', original: 'accepted', isDefect: true, probe: async () => seen('')};
	const end = (...observations: readonly Observation[]) =>
		conformanceEnd(observations.map(observation => ({...row, observation})));
	t.is(end(seen('NOT_FOUND'), skipped('needs a token')), exitCodes.fine);
	t.is(end(seen('NOT_FOUND'), {kind: 'failed', why: 'no answer'}), exitCodes.inconclusive);
	t.is(end({kind: 'failed', why: 'no answer'}, seen('accepted')), exitCodes.expectationFailed);
	// What the suite itself makes of a server that goes away between two rows.
	const gone = await startControlServer();
	await gone[Symbol.asyncDispose]();
	const asked = [...callRows.slice(0, 1), ...defectRows.filter(one => one.row.startsWith('defect 5'))];
	const kinds = (await probeServer({address: gone.address}, asked)).map(({observation}) => observation.kind);
	t.deepEqual(kinds, ['failed', 'failed']);
});

for (const {what, parameters, says} of [
	{
		what: 'a target where nothing listens',
		parameters: ['--target', '127.0.0.1:9'],
		says: /^conformance: 127\.0\.0\.1:9 does not answer: .*ECONNREFUSED.*\nis a control server started there/,
	},
	{
		what: 'a flag that there is not',
		parameters: ['--targt', 'a:1'],
		says: /^conformance: .*--targt.*\nit takes --target/,
	},
	{what: 'a file that is not there', parameters: ['--cert', 'no-such'], says: /^conformance: --cert: .*no such file/},
] as const) {
	test(`${what} ends the suite at once with 2, and one sentence`, async t => {
		const program = fileURLToPath(new URL('conformance.ts', import.meta.url));
		const child = spawn(process.execPath, ['--import=tsx', program, ...parameters], {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
		t.deepEqual({code, stdout}, {code: exitCodes.badInput, stdout: ''}, stderr);
		t.regex(stderr, says);
	});
}

const seenIn = (rows: Awaited<ReturnType<typeof probeServer>>): Record<string, string> =>
	Object.fromEntries(
		rows.flatMap(({row, observation}) => (observation.kind === 'seen' ? [[row, observation.what]] : [])),
	);
