import type {Complaint} from './complaint.ts';
import {forwards} from './forwards.ts';
import type {Scenario} from './schema.ts';

/** A broker stands at every compute site of a stack that has brokers, and a stream must meet one on its way. */
export function* checkBroker({stack, topology}: Scenario): Generator<Complaint> {
	const {broker, transport} = stack;
	if (!broker) {
		return;
	}
	if (transport !== broker.kind) {
		yield {
			path: ['stack', 'broker'],
			message: `a ${broker.kind} broker serves no stack whose transport is ${transport}; write transport: ${broker.kind}`,
		};
	}
	if (broker.kind !== 'kafka' && broker.windowBytes < stack.sliceBytes) {
		yield {
			path: ['stack', 'broker', 'window'],
			message: `a window of ${broker.windowBytes} bytes has no room for a slice of ${stack.sliceBytes} bytes`,
		};
	}
	const sites = Object.entries(topology.sites);
	const computeCount = sites.filter(([, {role}]) => role === 'compute').length;
	if (broker.nodes !== undefined && broker.nodes !== computeCount) {
		yield {
			path: ['stack', 'broker', 'nodes'],
			message: `${broker.nodes} brokers are asked for, and one stands at each compute site: ${computeCount}`,
		};
	}
	const consumer = sites.find(([, {role}]) => role === 'consumer')?.[0];
	if (consumer !== undefined && reachedWithoutBroker(topology).has(consumer)) {
		yield {
			path: ['stack', 'broker'],
			message: `a way leads from the producer to ${consumer} past every compute site, where no broker would carry a stream`,
		};
	}
}

/** The sites that the producer reaches over routers alone. */
function reachedWithoutBroker({sites, links}: Scenario['topology']): ReadonlySet<string> {
	const reached = new Set(Object.keys(sites).filter(site => sites[site]?.role === 'producer'));
	for (const site of reached) {
		if (sites[site]?.role !== 'producer' && !forwards(sites[site]?.role)) {
			continue;
		}
		for (const {between} of links) {
			const other = between[0] === site ? between[1] : between[1] === site ? between[0] : undefined;
			if (other !== undefined) {
				reached.add(other);
			}
		}
	}
	return reached;
}
