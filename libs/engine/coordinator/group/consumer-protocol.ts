/**
 * The one place that looks into members' metadata, and only of protocol type "consumer": which topics the group reads decides which
 * offsets may be deleted or expire.
 */
import { ProtocolError, Reader } from '#libs/kafka/protocol';
import { metadataOf, type ClassicGroupView } from './classic-group.js';

export const CONSUMER_PROTOCOL_TYPE = 'consumer';

function subscriptionTopics(metadata: Buffer): string[] {
  const reader = new Reader(metadata);
  reader.int16();
  const topics: string[] = [];
  for (let count = reader.arrayLength(false); count > 0; count--) topics.push(reader.string(false));
  return topics;
}

/** Null: can't be told (another protocol type, no generation yet, metadata that isn't a subscription). */
export function subscribedTopics(group: ClassicGroupView): ReadonlySet<string> | null {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return null;
  if (group.members.size === 0) return new Set();
  const { protocolName } = group;
  if (protocolName === null) return null;
  try {
    const topics = new Set<string>();
    for (const member of group.members.values()) {
      if (!member.protocols.some(({ name }) => name === protocolName)) return null;
      for (const topic of subscriptionTopics(metadataOf(member, protocolName))) topics.add(topic);
    }
    return topics;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

export function isSubscribedToTopic(group: ClassicGroupView, topic: string): boolean {
  return subscribedTopics(group)?.has(topic) ?? group.protocolType === CONSUMER_PROTOCOL_TYPE;
}
