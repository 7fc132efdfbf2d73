import {timingSafeEqual} from 'node:crypto';
import {createServer, type Socket} from 'node:net';
import {realClock} from '#core/clock.ts';
import {readLines} from '#core/control/lines.ts';
import {clockName} from './clock-name.ts';
import {frameText, parseFrame, switchboardItself} from './frame.ts';
import {
	type SwitchboardNews,
	type SwitchboardOrder,
	switchboardPorts,
	switchboardVariables,
	welcome,
} from './messages.ts';
import {serveClock} from './serve-clock.ts';
import {watchSilence} from './watch-silence.ts';

/**
 * The program of the one container that the harness can speak to: members on whatever machine dial in, and each line of theirs goes to the
 * harness under their name, each line of the harness to whom it names. It ends when the harness does, and its members with it.
 */

const token = Buffer.from(process.env[switchboardVariables.token] ?? '');
const members = new Map<string, Socket>();

const toHarness = (member: string, line: string): void => void process.stdout.write(frameText({member, line}));
const tell = (news: SwitchboardNews): void => toHarness(switchboardItself, JSON.stringify(news));

function hearHarness(text: string): void {
	const frame = parseFrame(text);
	if (frame?.member === switchboardItself) {
		const order = JSON.parse(frame.line) as SwitchboardOrder;
		members.get(order.member)?.end();
	} else if (frame) {
		members.get(frame.member)?.write(`${frame.line}\n`);
	}
}

/** The first line of a connection is the token and the name of the member. */
function admit(socket: Socket): void {
	let member: string | undefined;
	let reason = 'it hung up';
	socket.on('error', error => {
		reason = error.message;
	});
	socket.once('close', () => {
		if (member !== undefined) {
			members.delete(member);
			tell({kind: 'left', member, reason});
		}
	});
	watchSilence(socket, realClock);
	readLines(
		socket,
		line => {
			if (member !== undefined) {
				toHarness(member, line);
				return;
			}
			const refusal = refusalOf(line);
			if (refusal !== undefined) {
				socket.end(`${refusal}\n`);
				return;
			}
			member = nameIn(line);
			members.set(member, socket);
			socket.write(`${welcome}\n`);
			tell({kind: 'joined', member});
		},
		() => socket.end(),
	);
}

function refusalOf(line: string): string | undefined {
	const [shown = ''] = line.split(' ', 1);
	const given = Buffer.from(shown);
	if (token.length === 0 || given.length !== token.length || !timingSafeEqual(given, token)) {
		return 'the token is not the one of this switchboard';
	}
	const name = nameIn(line);
	if (!/^[\w.-]{1,80}$/.test(name)) {
		return `nobody can be called "${name.slice(0, 80)}"`;
	}
	return members.has(name) ? `another member is called ${name}` : undefined;
}

const nameIn = (line: string): string => line.slice(line.indexOf(' ') + 1);

const leave = (): never => process.exit(0);

process.stdout.on('error', leave);
readLines(process.stdin, hearHarness, leave);
createServer({noDelay: true}, admit).listen(switchboardPorts.members, () => {
	serveClock(realClock).listen(switchboardPorts.clock, () => tell({kind: 'ready', clock: clockName()}));
});
