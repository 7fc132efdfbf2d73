import type {Writable} from 'node:stream';
import {frameText, parseFrame, switchboardItself} from './frame.ts';
import {MemberChannel, type SwitchboardMember} from './member-channel.ts';
import type {SwitchboardNews, SwitchboardOrder} from './messages.ts';

/** Who is at a switchboard: hears its output line by line, and gives each line to the member that it is from. */
export class MemberBook {
	/** Resolves with the name of the clock that the switchboard answers by. */
	readonly ready: Promise<string>;
	readonly #ready = Promise.withResolvers<string>();
	readonly #input: Writable;
	readonly #members = new Map<string, MemberChannel>();
	#waiting: SwitchboardMember[] = [];
	#onMember: ((member: SwitchboardMember) => void) | undefined;

	/** Of the switchboard that reads this input. */
	constructor(input: Writable) {
		this.#input = input;
		this.ready = this.#ready.promise;
		this.ready.catch(() => {});
	}

	/** One listener: hears of each member that has dialled in, of those from before at once. */
	set onMember(listener: (member: SwitchboardMember) => void) {
		this.#onMember = listener;
		for (const member of this.#waiting.splice(0)) {
			listener(member);
		}
	}

	/** A line of the switchboard's output. */
	hear(text: string): void {
		const frame = parseFrame(text);
		if (frame?.member === switchboardItself) {
			this.#learn(JSON.parse(frame.line) as SwitchboardNews);
		} else if (frame) {
			this.#members.get(frame.member)?.hear(frame.line);
		}
	}

	/** The switchboard is gone, and its members with it. */
	end(reason: Error): void {
		this.#ready.reject(reason);
		this.#input.destroy();
		for (const member of this.#members.values()) {
			member.end(reason.message);
		}
		this.#members.clear();
	}

	#learn(news: SwitchboardNews): void {
		switch (news.kind) {
			case 'ready':
				this.#ready.resolve(news.clock);
				return;
			case 'joined':
				this.#join(news.member);
				return;
			case 'left':
				this.#members.get(news.member)?.end(news.reason);
				this.#members.delete(news.member);
				return;
			default:
				news satisfies never;
		}
	}

	#join(name: string): void {
		const order: SwitchboardOrder = {kind: 'dismiss', member: name};
		const dismissal = frameText({member: switchboardItself, line: JSON.stringify(order)});
		const member = new MemberChannel({
			name,
			send: frames => this.#send(frames),
			dismiss: () => this.#send(dismissal),
		});
		this.#members.set(name, member);
		if (this.#onMember) {
			this.#onMember(member);
		} else {
			this.#waiting.push(member);
		}
	}

	#send(frames: string): void {
		if (!this.#input.destroyed) {
			this.#input.write(frames);
		}
	}
}
