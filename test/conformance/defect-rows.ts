import {realClock} from '#core/clock.ts';
import {accepts, converse} from '../support/converse.ts';
import {openSession, requestSession} from '../support/drive-session.ts';
import {answered, nowhere, tokenOf} from './call-rows.ts';
import {type ConformanceRow, seen, skipped} from './conformance-row.ts';

/**
 * The original's known defects, one row each. The last three use up the ports of a server that never gives them
 * back, then its threads.
 */
export const defectRows: readonly ConformanceRow[] = [
	{
		row: 'defect 1: two sessions, then the first one’s update',
		original: 'the first session carries nothing',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const [first, second] = [context.uid(), context.uid()];
			const target = await context.application('first');
			const {texts} = await requestSession(client, {uid: first, prodListeners: [target], ...tokenOf(context)});
			await requestSession(client, {uid: second, prodListeners: [nowhere], ...tokenOf(context)});
			await client.call('update', {1: first, 2: target, 3: 'PROD'}, tokenOf(context));
			const heard = await converse(texts[1]?.[0] ?? nowhere, {enough: 5, seconds: 1}).catch(() => 'nothing');
			for (const uid of [first, second]) {
				await client.call('release', {1: uid}, tokenOf(context));
			}
			return seen(heard === 'first' ? 'each session carries its own' : 'the first session carries nothing');
		},
	},
	{
		row: 'defect 2: two requests that are answered at the same time',
		original: 'answers are swapped',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uids = Array.from({length: 4}, () => context.uid());
			const requests = uids.map(uid => client.call('req', {1: uid, 2: 'PROD', 3: 1}, tokenOf(context)));
			for (const request of requests) {
				request.catch(() => {});
			}
			await realClock.sleep(0.1);
			const listeners = uids.map((_, index) => `127.0.0.1:${1000 + index}`);
			await Promise.all(
				uids.map((uid, index) =>
					client.call('hello', {1: uid, 2: listeners[index] ?? '', 3: 'PROD'}, tokenOf(context)),
				),
			);
			const answers = await Promise.all(requests);
			for (const uid of uids) {
				await client.call('release', {1: uid}, tokenOf(context));
			}
			const own = answers.every(({texts}, index) => texts[2]?.[0] === listeners[index]);
			return seen(own ? 'each request gets its own answer' : 'answers are swapped');
		},
	},
	{
		row: 'defect 4: a listener after its release',
		original: 'still listens',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const [listener = ''] = await openSession(client, {uid, prodListeners: [nowhere], ...tokenOf(context)});
			await client.call('release', {1: uid}, tokenOf(context));
			await realClock.sleep(0.2);
			return seen((await accepts(listener)) ? 'still listens' : 'is closed');
		},
	},
	{
		row: 'defect 6: forty short connections in a row (with stunnel)',
		original: 'all go through, but with stunnel',
		isDefect: false,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const target = await context.application('ok');
			const [listener = ''] = await openSession(client, {uid, prodListeners: [target], ...tokenOf(context)});
			let count = 0;
			while (count < 40 && (await converse(listener, {enough: 2}).catch(() => '')) === 'ok') {
				count++;
			}
			await client.call('release', {1: uid}, tokenOf(context));
			return seen(count === 40 ? 'all go through' : `${count} go through, then none`);
		},
	},
	{
		row: 'defect 8: 2 MB at a rate of 8',
		original: 'at any rate',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const target = await context.application('');
			const [listener = ''] = await openSession(client, {uid, rate: 8, prodListeners: [target], ...tokenOf(context)});
			const startNs = realClock.nowNs();
			await converse(listener, {say: 'x'.repeat(2_000_000), enough: 2_000_000, seconds: 10});
			const seconds = Number(realClock.nowNs() - startNs) / 1e9;
			await client.call('release', {1: uid}, tokenOf(context));
			return seen(seconds > 1.5 ? 'held, in Mbit/s' : 'at any rate');
		},
	},
	{
		row: 'defect 9: a release by another identity',
		original: 'accepted',
		isDefect: true,
		async probe(context) {
			if (context.token === undefined || context.otherToken === undefined) {
				return skipped('needs --token-file and --other-token-file');
			}
			using client = context.connect();
			const uid = context.uid();
			await requestSession(client, {uid, prodListeners: [nowhere], ...tokenOf(context)});
			const answer = await client.call('release', {1: uid}, {token: context.otherToken});
			await client.call('release', {1: uid}, tokenOf(context));
			return answered(answer);
		},
	},
	{
		row: 'defect 12: does the server tell when a session ends by itself',
		original: 'no',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const list = await client.call('/streambed.scistream.Sessions/list', {}, tokenOf(context));
			return seen(list.status === 0 ? 'yes' : 'no');
		},
	},
	notVisible('defect 7: long idle connections', 'it takes a minute of silence; see the tests of the data servers'),
	notVisible('defect 10: the client prints the token', 'it is the client’s'),
	notVisible('defect 11: the wide area is not encrypted', 'it is between two data servers; see their tests'),
	notVisible('defect 13: the client ends with 0 when it reaches nobody', 'it is the client’s'),
	{
		row: 'defect 3: the 102nd connection of a server’s life',
		original: 'no listener',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			let last: readonly string[] = [];
			for (let round = 0; round < 102; round++) {
				const uid = context.uid();
				const answer = await requestSession(client, {uid, prodListeners: [nowhere], ...tokenOf(context)});
				last = answer.texts[1] ?? [];
				await client.call('release', {1: uid}, tokenOf(context));
			}
			return seen(last.length === 1 ? 'a listener' : 'no listener');
		},
	},
	{
		row: 'num_conn above the ports left',
		original: 'accepted with fewer',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uid = context.uid();
			const request = client.call('req', {1: uid, 2: 'PROD', 3: 60_000}, tokenOf(context));
			request.catch(() => {});
			await client.call('hello', {1: uid, 2: nowhere, 3: 'PROD'}, tokenOf(context));
			const answer = await request;
			await client.call('release', {1: uid}, tokenOf(context));
			return answer.status === 0 ? seen('accepted with fewer') : answered(answer);
		},
	},
	{
		row: 'defect 5: a hello while ten requests wait',
		original: 'no answer',
		isDefect: true,
		async probe(context) {
			using client = context.connect();
			const uids = Array.from({length: 10}, () => context.uid());
			for (const uid of uids) {
				client.call('req', {1: uid, 2: 'PROD', 3: 1}, {...tokenOf(context), seconds: 3}).catch(() => {});
			}
			await realClock.sleep(0.1);
			const hello = {1: uids[0] ?? '', 2: nowhere, 3: 'PROD'};
			const answer = await client.call('hello', hello, {...tokenOf(context), seconds: 2}).catch(unlessSilent);
			for (const uid of answer ? uids : []) {
				await client.call('release', {1: uid}, tokenOf(context));
			}
			return answer ? answered(answer) : seen('no answer');
		},
	},
];

/** A server that keeps silent has the defect; one that is gone has not been seen to have it. */
function unlessSilent(error: unknown): undefined {
	if (!(error instanceof Error && error.message.startsWith('no answer'))) {
		throw error;
	}
}

function notVisible(row: string, why: string): ConformanceRow {
	return {row, original: '', isDefect: true, probe: async () => skipped(`not seen at a control server: ${why}`)};
}
