import {execFileSync} from 'node:child_process';
import {parseArgs} from 'node:util';
import {realClock} from '#core/clock.ts';
import type {BitsPerSecond, Ms} from '#core/units.ts';
import type {DataServerFactory} from '#proxies/scistream/data-servers/data-server.ts';
import {endIdleCarriers, loadDataServer} from '#proxies/scistream/data-servers/data-servers.ts';
import {haproxyServer} from '#proxies/scistream/data-servers/haproxy.ts';
import {stunnelUnencrypted} from '#proxies/scistream/data-servers/stunnel.ts';
import {freePort, loopback, startPair} from '../support/data-server-pair.ts';
import {iperf3Receives, iperf3Server} from './iperf3.ts';

/**
 * Runs in a network namespace of its own: sends through every data server in turn, so many rounds, and prints what arrived as JSON. With
 * `--shaped`, HTB holds the leg between the two data servers (or to the server itself) to 500 Mbit/s.
 */

export type DataServerRates = Readonly<
	Record<string, {readonly bitsPerSecond: BitsPerSecond[]; readonly startMs: Ms[]}>
>;

const {values} = parseArgs({
	options: {shaped: {type: 'boolean', default: false}, rounds: {type: 'string', default: '3'}},
});

const factories: Readonly<Record<string, DataServerFactory>> = {
	relay: await loadDataServer('relay'),
	haproxy: await loadDataServer('haproxy'),
	'haproxy, 256 kB buffers': haproxyServer({bufferBytes: 262_144}),
	nginx: await loadDataServer('nginx'),
	mtls: await loadDataServer('mtls'),
	stunnel: await loadDataServer('stunnel'),
	'stunnel, eNULL (not encrypted)': stunnelUnencrypted,
};

const tc = (...parameters: string[]) => execFileSync('tc', parameters);
execFileSync('ip', ['link', 'set', 'dev', 'lo', 'up']);
if (values.shaped) {
	// What no filter takes passes unshaped.
	tc('qdisc', 'add', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '0');
	tc(
		...['class', 'add', 'dev', 'lo', 'parent', '1:', 'classid', '1:10', 'htb', 'rate', '500mbit'],
		...['burst', '312500', 'cburst', '312500', 'quantum', '60000'],
	);
	tc('qdisc', 'add', 'dev', 'lo', 'parent', '1:10', 'handle', '10:', 'bfifo', 'limit', '1250000');
}

function shape(port: number): void {
	if (values.shaped) {
		// What comes from the sending side of that leg; a preference of its own for each, so that none meets another's table.
		const match = ['match', 'ip', 'sport', `${port}`, '0xffff'];
		tc('filter', 'add', 'dev', 'lo', 'parent', '1:', 'protocol', 'ip', 'prio', '1', 'u32', ...match, 'flowid', '1:10');
	}
}

const secondsEach = 2;
const target = {host: loopback, port: await freePort()};
const shapedPort = await freePort();
await using _ = await iperf3Server(target.port);
await using __ = await iperf3Server(shapedPort);
shape(shapedPort);
const rates: Record<string, {bitsPerSecond: BitsPerSecond[]; startMs: Ms[]}> = {};
const note = (name: string, bitsPerSecond: BitsPerSecond, startMs: readonly Ms[]) => {
	rates[name] ??= {bitsPerSecond: [], startMs: []};
	rates[name].bitsPerSecond.push(bitsPerSecond);
	rates[name].startMs.push(...startMs);
};
for (let round = 0; round < Number(values.rounds); round++) {
	note('direct', await iperf3Receives(shapedPort, secondsEach), []);
	for (const [name, factory] of Object.entries(factories)) {
		await using pair = await startPair(factory, {target, settle: () => realClock.sleep(0.3)});
		shape(pair.betweenPort);
		note(name, await iperf3Receives(pair.port, secondsEach), pair.startMs);
	}
}
await endIdleCarriers();
process.stdout.write(`${JSON.stringify(rates satisfies DataServerRates)}\n`);
