import {createHash} from 'node:crypto';

/** Where the networks of links have their subnets from, at the engine: the upper half of the range of RFC 2544. */
export const subnetRange = '198.19.0.0/16';

export type Subnet = {
	/** As the engine takes it: `198.19.4.8/29`. */
	readonly prefix: string;
	/** Of the two ends of the link, while the engine still decides; the one below them is the engine's own. */
	readonly ends: readonly [string, string];
};

/**
 * The subnets of a range, eight addresses each, that overlap none of those taken, from a place on that the key decides: runs that begin at
 * the same time seldom want the same ones. Pure.
 */
export function* freeSubnets({
	range,
	taken,
	key,
}: {
	readonly range: string;
	readonly taken: readonly string[];
	readonly key: string;
}): Generator<Subnet> {
	const blocks = taken.filter(prefix => ipv4.test(prefix)).map(blockOf);
	const whole = blockOf(range);
	const count = Math.floor((whole.end - whole.start) / subnetAddressCount);
	const offset = createHash('sha256').update(key).digest().readUInt32BE(0) % Math.max(1, count);
	for (let step = 0; step < count; step++) {
		const start = whole.start + ((offset + step) % count) * subnetAddressCount;
		if (!blocks.some(block => start < block.end && block.start < start + subnetAddressCount)) {
			yield {prefix: `${textOf(start)}/29`, ends: [textOf(start + 2), textOf(start + 3)]};
		}
	}
}

/** Whether two prefixes of IPv4 share an address; what is none shares none. Pure. */
export function overlaps(one: string, other: string): boolean {
	if (!(ipv4.test(one) && ipv4.test(other))) {
		return false;
	}
	const [a, b] = [blockOf(one), blockOf(other)];
	return a.start < b.end && b.start < a.end;
}

type Block = {readonly start: number; readonly end: number};

function blockOf(prefix: string): Block {
	const [address = '', length = '32'] = prefix.split('/');
	const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
	const size = 2 ** (32 - Number(length));
	const start = Math.floor(number / size) * size;
	return {start, end: start + size};
}

const textOf = (address: number): string => [24, 16, 8, 0].map(shift => (address >>> shift) & 0xff).join('.');

const ipv4 = /^\d+\.\d+\.\d+\.\d+\/\d+$/;
const subnetAddressCount = 8;
