import type {Seconds} from '#core/units.ts';
import type {Command} from './command.ts';
import {frameBytes, type LinkShape} from './link-shape.ts';

/** The class that everything on a device passes. */
export const linkClass = '1:10';

/** `tc` commands that shape what leaves through a device: one HTB class with a queue counted in bytes, delayed where asked. */
export function shapeCommands(device: string, shape: LinkShape): Command[] {
	return [
		['qdisc', 'add', 'dev', device, 'root', 'handle', '1:', 'htb', 'default', '10'],
		['class', 'add', ...htbClass(device, shape)],
		['qdisc', 'add', ...leafQueue(device, shape)],
	];
}

/** `tc` commands that give a shaped device another shape in place: nothing that waits in the queue is lost. */
export function reshapeCommands(device: string, shape: LinkShape): Command[] {
	return [
		['class', 'change', ...htbClass(device, shape)],
		['qdisc', 'change', ...leafQueue(device, shape)],
	];
}

/** The `tc` command that prints a device's class, with the rate that the kernel holds. */
export const showClassCommand = (device: string): Command => ['class', 'show', 'dev', device];

function htbClass(device: string, {rateBitsPerSecond, burstBytes, quantumBytes}: LinkShape): Command {
	return [
		...['dev', device, 'parent', '1:', 'classid', linkClass, 'htb'],
		...['rate', `${Math.round(rateBitsPerSecond)}bit`],
		...['burst', `${burstBytes}`, 'cburst', `${burstBytes}`, 'quantum', `${quantumBytes}`],
	];
}

function leafQueue(device: string, {delaySeconds, queueBytes, rateBitsPerSecond}: LinkShape): Command {
	const place = ['dev', device, 'parent', linkClass, 'handle', '10:'];
	if (delaySeconds === 0) {
		return [...place, 'bfifo', 'limit', `${queueBytes}`];
	}
	// The queue of netem counts packets, those on their way included; a packet with offloads can hold many frames, never less than one.
	const onTheWayBytes = (rateBitsPerSecond / 8) * delaySeconds;
	const packets = Math.ceil((queueBytes + onTheWayBytes) / frameBytes);
	return [...place, 'netem', 'delay', microseconds(delaySeconds), 'limit', `${packets}`];
}

const microseconds = (seconds: Seconds): string => `${Math.round(seconds * 1e6)}us`;
