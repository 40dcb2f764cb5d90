/** Kafka's rules for topic names, with its own words. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { controllerLimits } from './controller.limits.js';
import { collisionKey, type ControllerImage } from './image.js';

function nameError(name: string): string | null {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.' || name === '..') return `'${name}' is not allowed`;
  if (name.length > controllerLimits.topicNameLengthMax) return `the length of '${name}' is longer than the max allowed length ${controllerLimits.topicNameLengthMax}`;
  return /^[a-zA-Z0-9._-]+$/.test(name) ? null : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

export function checkTopicName(name: string): void {
  const wrong = nameError(name);
  if (wrong !== null) throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${wrong}`);
}

/** Names that differ only in '.' and '_' would have the same metrics. `also`: names that the same request creates. */
export function checkCollision(image: ControllerImage, name: string, also: ReadonlyMap<string, string>): void {
  const key = collisionKey(name);
  if (key === null) return;
  const other = image.collisions.get(key)?.[0] ?? also.get(key);
  if (other !== undefined && other !== name) throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`);
}
