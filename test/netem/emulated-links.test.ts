import test from 'ava';
import {realClock} from '#core/clock.ts';
import {EmulatedLinks} from '#netem/emulated-links.ts';
import {planTopology} from '#netem/topology-plan.ts';
import {chainScenario} from '../fixtures/chain-scenario.ts';

test('what changes a link stands before it is to change, at the ends of links of the timeline and at no other', t => {
	const timeline = [{kind: 'link-rate', atSeconds: 1, link: 'first', rateBitsPerSecond: 1e6}] as const;
	const {links} = planTopology({...chainScenario(), timeline: [...timeline]});
	const entered: string[] = [];
	using emulated = new EmulatedLinks({
		links,
		clock: realClock,
		enter(site, work) {
			entered.push(site);
			return work();
		},
	});
	emulated.keepReady(['worker']);
	t.deepEqual(entered, ['worker']);
	emulated.keepReady();
	t.deepEqual(entered, ['worker', 'camera'], 'the one that stands is kept');
});
