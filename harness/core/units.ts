declare const unit: unique symbol;

/** A number that remembers what it counts. Plain numbers are accepted; two different flavours are not mixed by accident. */
type Flavoured<Name extends string> = number & {readonly [unit]?: Name};

export type Seconds = Flavoured<'s'>;
export type Ms = Flavoured<'ms'>;
export type Bytes = Flavoured<'B'>;
export type BitsPerSecond = Flavoured<'bit/s'>;
/** A share, 0–1. */
export type Ratio = Flavoured<'ratio'>;
export type Km = Flavoured<'km'>;
export type Usd = Flavoured<'USD'>;
/** An instant on the machine's monotonic clock, in nanoseconds. */
export type MonotonicNs = bigint;
