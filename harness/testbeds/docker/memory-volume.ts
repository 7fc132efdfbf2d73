import type {Bytes} from '#core/units.ts';
import type {Engine} from './engine.ts';
import {atEngine} from './engine-error.ts';
import type {Manifest} from './manifest.ts';

/** Makes a volume in memory that containers share; it is in the manifest first. Rejects with ENGINE_REFUSED or ENGINE_UNREACHABLE. */
export async function makeMemoryVolume({
	engine,
	manifest,
	name,
	labels,
	bytes,
	mode,
	attempted,
}: {
	readonly engine: Engine;
	readonly manifest: Manifest;
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	/** What it holds at most. */
	readonly bytes: Bytes;
	/** Of its top folder, which is root's, in octal digits. */
	readonly mode: string;
	/** Begins the message of a refusal. */
	readonly attempted: string;
}): Promise<void> {
	manifest.add({kind: 'volume', name});
	const options = {type: 'tmpfs', device: 'tmpfs', o: `size=${bytes},mode=${mode}`};
	await atEngine(attempted, engine.createVolume({Name: name, Labels: {...labels}, DriverOpts: options}));
}
