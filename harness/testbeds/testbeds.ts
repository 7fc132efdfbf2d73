import {emulated} from './drive/emulated.ts';
import {namespacesTestbed} from './namespaces/namespaces-testbed.ts';
import type {Testbed} from './testbed.ts';

/** The testbeds by name. A new one is one more line. */
export const testbeds = {
	namespaces: emulated(namespacesTestbed),
} as const satisfies Record<string, Testbed>;
