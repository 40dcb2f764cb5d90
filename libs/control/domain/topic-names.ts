/**
 * Kafka's rules for topic names, one precise sentence each, and the platform's own shorter length: its tenants are promised names of
 * fewer than 249 characters, while a broker takes 249. Which names collide is for the cluster to say, which knows them all.
 */
export const TOPIC_NAME_LENGTH_MAX = 248;
const internalTopics: readonly string[] = ['__consumer_offsets', '__transaction_state'];

export type TopicNameProblem = { rule: 'empty' | 'dots' | 'length' | 'characters' | 'internal'; message: string };

export function checkTopicName(name: string): TopicNameProblem | null {
  if (name === '') return { rule: 'empty', message: 'The topic name is empty.' };
  if (name === '.' || name === '..') return { rule: 'dots', message: `The topic name can't be "${name}".` };
  const foreign = /[^a-zA-Z0-9._-]/u.exec(name);
  if (foreign) {
    return { rule: 'characters', message: `The topic name holds ${JSON.stringify(foreign[0])}; only a-z, A-Z, 0-9, "." (dot), "_" (underscore) and "-" (hyphen) are allowed.` };
  }
  if (name.length > TOPIC_NAME_LENGTH_MAX) {
    return { rule: 'length', message: `The topic name has ${name.length} characters; this platform allows fewer than 249, so at most ${TOPIC_NAME_LENGTH_MAX} (a Kafka broker by itself takes 249).` };
  }
  if (internalTopics.includes(name)) return { rule: 'internal', message: `"${name}" is Kafka's own topic and can't be created.` };
  return null;
}

/** Kafka's metric names equate dots and underscores: a name that has both may come to collide with a later one. */
export const topicNameWarning = (name: string): string | null => (name.includes('.') && name.includes('_')
  ? `The topic name "${name}" holds both "." and "_", which metric names don't tell apart: it is best to use either, but not both.`
  : null);
