import koffi from 'koffi';

/**
 * The functions of the C library that Node does not offer: entering a namespace, sockets of other families, and
 * starting a program without copying the page tables of this one. All of them return at once except where their name says wait.
 */

const library = koffi.load(null);

type Bound<Call extends (...parameters: never[]) => unknown> = Call & {
	/** The same call on a thread of its own; the callback gets an error or the result. */
	readonly async: (...parameters: [...Parameters<Call>, (error: unknown, result: ReturnType<Call>) => void]) => void;
};

const bind = <Call extends (...parameters: never[]) => unknown>(prototype: string): Bound<Call> =>
	library.func(prototype) as unknown as Bound<Call>;

export const libc = {
	setns: bind<(fd: number, type: number) => number>('int setns(int, int)'),
	mount: bind<(source: string, target: string, type: string, flags: number, data: string | null) => number>(
		'int mount(const char *, const char *, const char *, unsigned long, const char *)',
	),
	memfdCreate: bind<(name: string, flags: number) => number>('int memfd_create(const char *, unsigned int)'),
	ifNameToIndex: bind<(name: string) => number>('unsigned int if_nametoindex(const char *)'),
	socket: bind<(family: number, type: number, protocol: number) => number>('int socket(int, int, int)'),
	connect: bind<(fd: number, address: Buffer, bytes: number) => number>('int connect(int, void *, unsigned int)'),
	setSocketOption: bind<(fd: number, level: number, name: number, value: Buffer, bytes: number) => number>(
		'int setsockopt(int, int, int, void *, unsigned int)',
	),
	getSocketOption: bind<(fd: number, level: number, name: number, value: Buffer, bytes: Buffer) => number>(
		'int getsockopt(int, int, int, void *, void *)',
	),
	send: bind<(fd: number, data: Buffer, bytes: number, flags: number) => number>(
		'intptr_t send(int, void *, size_t, int)',
	),
	receive: bind<(fd: number, data: Buffer, bytes: number, flags: number) => number>(
		'intptr_t recv(int, void *, size_t, int)',
	),
	posixSpawn: bind<
		(
			pid: Buffer,
			path: string,
			fileActions: Buffer,
			attributes: null,
			argv: readonly (string | null)[],
			env: readonly (string | null)[],
		) => number
	>('int posix_spawn(void *, const char *, void *, void *, const char **, const char **)'),
	fileActionsInit: bind<(actions: Buffer) => number>('int posix_spawn_file_actions_init(void *)'),
	fileActionsDuplicate: bind<(actions: Buffer, from: number, to: number) => number>(
		'int posix_spawn_file_actions_adddup2(void *, int, int)',
	),
	fileActionsDestroy: bind<(actions: Buffer) => number>('int posix_spawn_file_actions_destroy(void *)'),
	waitForPid: bind<(pid: number, status: Buffer, options: number) => number>('int waitpid(int, void *, int)'),
	waitId: bind<(idType: number, id: number, info: Buffer, options: number) => number>(
		'int waitid(int, unsigned int, void *, int)',
	),
} as const;

/** Throws what the C library says when a call returned a negative number; otherwise gives the number back. */
export function checked(call: string, result: number): number {
	if (result < 0) {
		const errno = koffi.errno();
		const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `error ${errno}`;
		throw new Error(`${call}: ${name}`);
	}
	return result;
}
