/** Whose gateway a session stands at: the producer's or the consumer's. */
export const roles = ['PROD', 'CONS'] as const;

export type Role = (typeof roles)[number];

export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);
