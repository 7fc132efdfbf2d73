import {type ClientHttp2Session, connect, constants} from 'node:http2';

/** An answer as it stands on the wire. */
export type WireAnswer = {
	readonly status: number;
	readonly details: string;
	/** Texts of the answer's fields by field number, in order. */
	readonly texts: Readonly<Record<number, readonly string[]>>;
};

/** A field of a message: its number with a text, several texts, or a whole number. */
export type WireFields = Readonly<Record<number, string | readonly string[] | number>>;

/**
 * A gRPC client written after the wire contract alone: HTTP/2 and Protocol Buffers by hand. It shares no code with our client or
 * server, so that what both get wrong in the same way is seen.
 */
export class WireClient implements Disposable {
	readonly #session: ClientHttp2Session;

	/** `authority` is the PEM of the certificate that is trusted; without it the channel is plain. */
	constructor(address: string, {authority}: {readonly authority?: string} = {}) {
		this.#session = connect(`${authority ? 'https' : 'http'}://${address}`, authority ? {ca: authority} : {});
		this.#session.on('error', () => {});
	}

	/** One unary call. Rejects when the connection fails, or when there is no answer within `seconds` (the call is cancelled). */
	call(
		method: string,
		fields: WireFields | Buffer,
		{token = 'INVALID_TOKEN', seconds = 5}: {readonly token?: string; readonly seconds?: number} = {},
	): Promise<WireAnswer> {
		const message = Buffer.isBuffer(fields) ? fields : encode(fields);
		const frame = Buffer.concat([Buffer.alloc(5), message]);
		frame.writeUInt32BE(message.length, 1);
		const {promise, resolve, reject} = Promise.withResolvers<WireAnswer>();
		const stream = this.#session.request({
			':method': 'POST',
			':path': method.startsWith('/') ? method : `/scistream.Control/${method}`,
			'content-type': 'application/grpc',
			te: 'trailers',
			authorization: token,
		});
		const chunks: Buffer[] = [];
		let heads: Record<string, unknown> = {};
		const timer = setTimeout(() => {
			stream.close(constants.NGHTTP2_CANCEL);
			reject(new Error(`no answer to ${method} within ${seconds} s`));
		}, seconds * 1000);
		const add = (more: Record<string, unknown>) => {
			heads = {...heads, ...more};
		};
		stream.on('response', add).on('trailers', add);
		stream.on('data', (chunk: Buffer) => chunks.push(chunk));
		stream.once('error', reject);
		stream.once('close', () => {
			clearTimeout(timer);
			const body = Buffer.concat(chunks);
			resolve({
				status: Number(heads['grpc-status'] ?? -1),
				details: decodeURIComponent(String(heads['grpc-message'] ?? '')),
				texts: body.length < 5 ? {} : decodeTexts(body.subarray(5, 5 + body.readUInt32BE(1))),
			});
		});
		stream.end(frame);
		return promise;
	}

	[Symbol.dispose](): void {
		this.#session.destroy();
	}
}

function encode(fields: WireFields): Buffer {
	const parts = Object.entries(fields).flatMap(([number, value]) => {
		if (typeof value === 'number') {
			return [varint(Number(number) << 3), varint(value)];
		}
		return [value].flat().flatMap(text => {
			const bytes = Buffer.from(text);
			return [varint((Number(number) << 3) | 2), varint(bytes.length), bytes];
		});
	});
	return Buffer.concat(parts);
}

/** Negative numbers take ten bytes, as sixty-four bits of two's complement. */
function varint(value: number): Buffer {
	const bytes: number[] = [];
	let rest = BigInt.asUintN(64, BigInt(value));
	do {
		bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
		rest >>= 7n;
	} while (rest > 0n);
	return Buffer.from(bytes);
}

/** The texts of a message; SciStream's answers hold nothing else, and other fields are stepped over. */
function decodeTexts(message: Buffer): Record<number, string[]> {
	const texts: Record<number, string[]> = {};
	let offset = 0;
	const readVarint = () => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = message.readUInt8(offset++);
			value += (byte & 0x7f) * 2 ** shift;
			if (byte < 0x80) {
				return value;
			}
		}
	};
	while (offset < message.length) {
		const tag = readVarint();
		const [field, wireType] = [tag >> 3, tag & 7];
		if (wireType === 2) {
			const length = readVarint();
			texts[field] = [...(texts[field] ?? []), message.toString('utf8', offset, offset + length)];
			offset += length;
		} else if (wireType === 0) {
			readVarint();
		} else {
			offset += wireType === 1 ? 8 : 4;
		}
	}
	return texts;
}
