/** The programs that data servers are made of, with the Debian packages of each. */
export const dataServerPackages = {
	setpriv: ['util-linux'],
	haproxy: ['haproxy'],
	nginx: ['nginx-light', 'libnginx-mod-stream'],
	stunnel4: ['stunnel4'],
	ss: ['iproute2'],
} as const satisfies Record<string, readonly string[]>;

export type DataServerProgram = keyof typeof dataServerPackages;
