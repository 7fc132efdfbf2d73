import {join} from 'node:path';
import {abortion} from '#core/abortion.ts';
import type {Clock} from '#core/clock.ts';
import {StreambedError} from '#core/errors.ts';
import type {Seconds} from '#core/units.ts';
import {mustGet} from '#netem/must-get.ts';
import type {Engine} from '../docker/engine.ts';
import {atEngine} from '../docker/engine-error.ts';
import type {SiteImage} from '../docker/image.ts';
import type {SiteMail} from '../namespaces/site-mail.ts';
import type {NodeSocket} from './node-socket.ts';
import {refuseEnded} from './refuse-ended.ts';
import {ServiceLog} from './service-log.ts';
import type {ServiceOptions} from './site-service.ts';
import {readTasks} from './site-tasks.ts';
import {SwarmAgentConnection} from './swarm-agent-connection.ts';
import {SwarmWatch} from './swarm-watch.ts';
import type {SwitchboardMember} from './switchboard/member-channel.ts';

/** The services of all sites, from their making until they are removed: who has dialled in, what they write, and which of them is lost. */
export class SwarmSites implements Disposable {
	readonly #engine: Engine;
	readonly #label: string;
	readonly #image: SiteImage;
	readonly #logFolder: string;
	readonly #sockets: ReadonlyMap<string, NodeSocket>;
	readonly #mail: SiteMail;
	readonly #clock: Clock;
	readonly #arrivals: ReadonlyMap<string, PromiseWithResolvers<SwarmAgentConnection>>;
	readonly #logs = new Map<string, ServiceLog>();
	#watch: SwarmWatch | undefined;
	#isOver = false;

	constructor(options: {
		readonly engine: Engine;
		readonly label: string;
		readonly image: SiteImage;
		readonly logFolder: string;
		readonly mail: SiteMail;
		readonly clock: Clock;
		readonly sites: readonly string[];
		/** By their sites: those that tasks have of the engines of their nodes. */
		readonly sockets: ReadonlyMap<string, NodeSocket>;
	}) {
		this.#engine = options.engine;
		this.#label = options.label;
		this.#image = options.image;
		this.#logFolder = options.logFolder;
		this.#sockets = options.sockets;
		this.#mail = options.mail;
		this.#clock = options.clock;
		this.#arrivals = new Map(options.sites.map(site => [site, Promise.withResolvers<SwarmAgentConnection>()]));
	}

	/** Makes the service of a site, and begins its log. Rejects with ENGINE_REFUSED. */
	async make(site: string, service: ServiceOptions): Promise<void> {
		const {id} = (await atEngine(`making a service for ${site}`, this.#engine.createService(service))) as {
			readonly id: string;
		};
		const path = join(this.#logFolder, `${site}.log`);
		const log = await ServiceLog.follow({engine: this.#engine, service: id, path});
		if (this.#isOver) {
			log[Symbol.dispose]();
		}
		this.#logs.set(site, log);
	}

	/** A member of the switchboard: a site that has dialled in. */
	join(member: SwitchboardMember): void {
		const {name: site} = member;
		const connection = new SwarmAgentConnection({
			site,
			member,
			listener: {
				event: (program, event) => this.#mail.event(program, event),
				lost: (program, reason) => this.#mail.lost({site: program, reason}),
			},
			onGarbage: line => this.#mail.lost({site, reason: `it said what is no message: ${line.slice(0, 200)}`}),
		});
		void member.left.then(async reason => {
			await this.#watch?.explain(site, reason);
			connection.end(reason);
		});
		this.#arrivals.get(site)?.resolve(connection);
	}

	/** Waits for all sites. Rejects with IMAGE_UNFIT, ENGINE_REFUSED, NODE_LOST or TIMED_OUT and what the swarm says of the site that did not come. */
	async all({
		limitSeconds,
		signal,
	}: {
		readonly limitSeconds: Seconds;
		readonly signal: AbortSignal;
	}): Promise<ReadonlyMap<string, SwarmAgentConnection>> {
		const here = new Map<string, SwarmAgentConnection>();
		const coming = Promise.all(
			[...this.#arrivals].map(async ([site, {promise}]) => {
				here.set(site, await promise);
			}),
		);
		const limitNs = this.#clock.nowNs() + BigInt(Math.round(limitSeconds * 1e9));
		const aborted = abortion(signal);
		while (here.size < this.#arrivals.size) {
			await Promise.race([coming, this.#clock.sleep(pollSeconds, signal), aborted]);
			const tasks = await readTasks(this.#engine, this.#label);
			for (const task of tasks) {
				const lastLines = () => mustGet(this.#logs, task.site).lastLines;
				const socket = this.#sockets.get(task.site)?.path;
				await refuseEnded(task, {image: this.#image, socket, lastLines, clock: this.#clock});
			}
			if (this.#clock.nowNs() > limitNs) {
				const late = [...this.#arrivals.keys()].filter(site => !here.has(site));
				const why = tasks
					.filter(({site}) => late.includes(site))
					.map(({site, state, reason}) => `${site} is ${state}: ${reason}`);
				throw new StreambedError('TIMED_OUT', `not there within ${limitSeconds} s: ${why.join('; ')}`, {
					hint: 'docker service ps and docker node ls tell more',
				});
			}
		}
		return here;
	}

	/** From now on each site that is lost is reported to the mail. */
	watch(): void {
		this.#watch = new SwarmWatch({
			engine: this.#engine,
			label: this.#label,
			clock: this.#clock,
			onLost: ({site, reason}) => {
				const said = site === undefined ? '' : (this.#logs.get(site)?.lastLines ?? '');
				const whole = said === '' ? reason : `${reason}; it wrote: ${said}`;
				this.#mail.lost(site === undefined ? {reason} : {site, reason: whole});
			},
		});
	}

	[Symbol.dispose](): void {
		this.#isOver = true;
		this.#watch?.[Symbol.dispose]();
		for (const log of this.#logs.values()) {
			log[Symbol.dispose]();
		}
	}
}

const pollSeconds: Seconds = 0.25;
