import {randomBytes} from 'node:crypto';

/** A uid that nobody guesses: 128 bits from the system's source. */
export const freshUid = (): string => randomBytes(16).toString('hex');
