import type {Duplex} from 'node:stream';
import {GenericContainer, Wait} from 'testcontainers';
import {programEnvironment} from '#core/control/program-environment.ts';
import type {Seconds} from '#core/units.ts';
import type {Engine} from './engine.ts';
import {logLimits} from './log-limits.ts';
import type {SiteNeeds} from './site-needs.ts';

/** A network of the engine and the address that a container has there. */
export type Attachment = {readonly network: string; readonly address: string};

export type SiteContainerOptions = {
	readonly engine: Engine;
	readonly image: string;
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	/** One for each link that ends at the site. */
	readonly attachments: readonly Attachment[];
	readonly sysctls: Readonly<Record<string, string>>;
	readonly needs: SiteNeeds;
	readonly readyLimitSeconds: Seconds;
	/** Input, and both outputs as the engine interleaves them; from before the container starts. */
	readonly onAttached: (stream: Duplex) => void;
};

/** The container of a site: its agent, with the right to shape its own networks and no other, in the networks of its links. */
export class SiteContainer extends GenericContainer {
	readonly #options: SiteContainerOptions;

	constructor(options: SiteContainerOptions) {
		super(options.image);
		this.#options = options;
		const {name, labels, needs, sysctls, attachments, readyLimitSeconds} = options;
		const [first] = attachments;
		const folders = Object.entries(needs.memoryFolders);
		this.withName(name)
			.withLabels({...labels})
			.withCommand(['node', 'dist/harness/testbeds/docker/site-agent.js'])
			.withWorkingDir('/opt/streambed')
			.withEnvironment({...programEnvironment, ...nodeOptions})
			.withAddedCapabilities('NET_ADMIN')
			.withBindMounts([...needs.mounts])
			.withTmpFs(Object.fromEntries(folders.map(([path, bytes]) => [path, `rw,size=${bytes}`])))
			.withWaitStrategy(Wait.forLogMessage('"kind":"hello"'))
			.withStartupTimeout(readyLimitSeconds * 1000);
		// When the harness goes, however it goes, the engine closes the input and the agent leaves.
		Object.assign(this.createOpts, {OpenStdin: true, StdinOnce: true, AttachStdin: true});
		Object.assign(this.hostConfig, {
			Sysctls: {...sysctls},
			LogConfig: logLimits,
		});
		if (first) {
			this.withNetworkMode(first.network);
			this.createOpts.NetworkingConfig = {EndpointsConfig: {[first.network]: endpointAt(first)}};
		}
	}

	protected override containerCreated = async (id: string): Promise<void> => {
		const {engine, attachments, onAttached} = this.#options;
		for (const attachment of attachments.slice(1)) {
			await engine.getNetwork(attachment.network).connect({Container: id, EndpointConfig: endpointAt(attachment)});
		}
		const stream = await engine
			.getContainer(id)
			.attach({stream: true, hijack: true, stdin: true, stdout: true, stderr: true});
		onAttached(stream as Duplex);
	};
}

/** Of whatever Node runs here: an image that shares these processes could have it listen for a debugger by USR1, and use its rights. */
const nodeOptions = {NODE_OPTIONS: '--disable-sigusr1'} as const;

const endpointAt = ({address}: Attachment) => ({IPAMConfig: {IPv4Address: address}});
