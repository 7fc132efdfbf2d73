/** What the switchboard says of itself to the harness. */
export type SwitchboardNews =
	/** It listens; `clock` names the clock that it answers by. */
	| {readonly kind: 'ready'; readonly clock: string}
	| {readonly kind: 'joined'; readonly member: string}
	| {readonly kind: 'left'; readonly member: string; readonly reason: string};

/** What the harness tells the switchboard itself. */
export type SwitchboardOrder = {readonly kind: 'dismiss'; readonly member: string};

/** Where members dial in, and where they ask for its time. */
export const switchboardPorts = {members: 5600, clock: 5601} as const;

/** In the environment of the switchboard and of each that is to dial in. */
export const switchboardVariables = {
	host: 'STREAMBED_SWITCHBOARD',
	/** Known to the members of one switchboard alone. */
	token: 'STREAMBED_SWITCHBOARD_TOKEN',
	/** As whom a member dials in. */
	member: 'STREAMBED_SWITCHBOARD_MEMBER',
} as const;

/** What a member hears first; anything else is why it is refused. */
export const welcome = 'welcome';
