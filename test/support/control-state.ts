import {connectControl} from './connect-control.ts';

/** What a call that is refused must not change at a control server of ours. */
export async function controlState(address: string) {
	using connection = connectControl(address);
	const {sessions, free_ports} = await connection.list(new AbortController().signal);
	return {free_ports, sessions: sessions.map(({uid, state, targets}) => ({uid, state, targets}))};
}
