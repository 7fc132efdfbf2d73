import {StreambedError} from '#core/errors.ts';
import type {Capability} from '#netem/capabilities.ts';
import {type Engine, openEngine} from '../docker/engine.ts';
import {
	hostLabel,
	isAble,
	listNodes,
	requireManager,
	type SwarmNode,
	socketLabel,
	swarmState,
	usualSocket,
} from './swarm-nodes.ts';

/** Whether the engine of this machine manages a swarm, and which nodes that has. Only the swarm testbed needs it; nothing where there is no engine. */
export async function swarmCapabilities(): Promise<readonly Capability[]> {
	let engine: Engine;
	try {
		engine = await openEngine();
	} catch {
		// That there is no engine is told already.
		return [];
	}
	const common = {name: 'swarm', required: false} as const;
	try {
		await requireManager(engine);
	} catch (error) {
		if (!(error instanceof StreambedError)) {
			throw error;
		}
		const {message: detail, hint} = error;
		return [{...common, ok: false, detail, ...(hint === undefined ? {} : {remedy: hint})}];
	}
	const {LocalNodeState} = await swarmState(engine);
	const nodes = await listNodes(engine);
	return [
		{
			...common,
			ok: nodes.some(isAble),
			detail: `${LocalNodeState}, manager, ${nodes.length} nodes${nodes.some(isAble) ? '' : ', none of them ready and active'}`,
		},
		...nodes.map(node => ({...nodeCapability(node), required: false})),
	];
}

function nodeCapability(node: SwarmNode): Omit<Capability, 'required'> {
	const {name, state, availability, host, socket} = node;
	const ok = isAble(node);
	const label = host === undefined ? `no label ${hostLabel}` : `${hostLabel}=${host}`;
	const elsewhere = socket === usualSocket ? '' : `, ${socketLabel}=${socket}`;
	return {
		name: `node ${name}`,
		ok,
		detail: `${state}, ${availability}, ${label}${elsewhere}`,
		...(ok ? {} : {remedy: `docker node ls; docker node update --availability active ${name}`}),
	};
}
