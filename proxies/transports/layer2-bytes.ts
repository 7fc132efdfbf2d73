import type {Bytes} from '#core/units.ts';

/** What a full segment carries at an MTU of 1500: IPv4 and TCP headers with time stamps take 52 bytes of it. */
const segmentPayloadBytes = 1448;
/** And around it: those headers and the Ethernet header, which HTB counts too. */
const segmentHeaderBytes = 66;

/** Bytes that a link counts at layer 2 for so many bytes written to a TCP connection: 1514 for each full 1448. */
export function layer2Bytes(bytes: Bytes): Bytes {
	return bytes + Math.ceil(bytes / segmentPayloadBytes) * segmentHeaderBytes;
}
