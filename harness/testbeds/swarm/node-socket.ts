import {isAble, type SwarmNode, socketLabel, usualSocket} from './swarm-nodes.ts';

/** Where the engines of nodes listen, and on which nodes that is so. */
export type NodeSocket = {
	readonly path: string;
	/** As the swarm takes them: what keeps a task from nodes whose engine listens elsewhere. */
	readonly constraints: readonly string[];
};

/**
 * The socket that a task has mounted which may stand on any node of a host, or on any at all. A service mounts the same one wherever its task is put:
 * where engines differ, it is that of most nodes that can run it, and the others are left out. Pure.
 */
export function nodeSocket(nodes: readonly SwarmNode[], host: string | undefined): NodeSocket {
	const able = nodes.filter(node => isAble(node) && (host === undefined || node.host === host));
	const bySocket = [...Map.groupBy(able, ({socket}) => socket)];
	const [[path] = [usualSocket]] = bySocket.toSorted(([, a], [, b]) => b.length - a.length);
	return {path, constraints: nodes.filter(({socket}) => socket !== path).map(({id}) => `node.id!=${id}`)};
}

/** What to do when a node's engine is not where it was looked for. */
export const howToLabel = (node: string): string =>
	`docker node update --label-add ${socketLabel}=PATH ${node} says where its engine listens`;
