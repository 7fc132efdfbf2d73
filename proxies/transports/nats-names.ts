/** What the stream that keeps a topic is called: JetStream allows no dots there, and no topic of ours has an equals sign. */
export const natsStreamOf = (topic: string): string => topic.replaceAll('.', '=');

/** The one consumer of a stream. */
export const natsConsumer = 'reader';
