import {StreambedError} from '#core/errors.ts';
import {runBatch} from './batch-process.ts';
import type {PlannedLink} from './topology-plan.ts';

/** Throws KERNEL_LACKS when a link has a delay and this kernel has no netem to hold packets back with. Run it before anything is built. */
export function requireDelay(links: readonly PlannedLink[]): void {
	const delayed = links.find(({shape}) => shape.delaySeconds > 0);
	if (!delayed) {
		return;
	}
	try {
		runBatch({
			tool: 'tc',
			commands: [
				['qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
				['qdisc', 'del', 'dev', 'lo', 'root'],
			],
			where: 'the outer namespace',
		});
	} catch (cause) {
		throw new StreambedError(
			'KERNEL_LACKS',
			`${delayed.name} has a delay of ${delayed.shape.delaySeconds * 1000} ms, and this kernel has no netem`,
			{
				cause,
				hint: 'set `delay: 0ms` on every link, use --testbed simulated, or load the module as root: modprobe sch_netem',
			},
		);
	}
}
