/** What workers and transfers cost where a scenario does not say: on-demand prices of Amazon EC2, us-east, Linux, in 2018 (zamani2018, V). */
export const defaultPrices = {
	/** An hour of a t2.micro: one processor, 1 GiB. */
	workerUsdPerHour: 0.0116,
	/** A gigabyte out to the Internet, of the first ten terabytes of a month. */
	transferUsdPerGb: 0.09,
} as const;
